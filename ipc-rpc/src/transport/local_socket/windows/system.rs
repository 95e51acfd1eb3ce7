//! Whose a process or a pipe is, and whether there is one: the one place that talks to the system without a
//! safe wrapper.

#![expect(
    unsafe_code,
    reason = "no safe wrapper of these few calls is in the tree; each has its argument beside it"
)]

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr::null_mut;
use std::sync::{Arc, OnceLock};

use windows_sys::Win32::Foundation::{ERROR_SEM_TIMEOUT, ERROR_SUCCESS, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, GetSecurityInfo, SE_KERNEL_OBJECT,
};
use windows_sys::Win32::Security::{
    GetTokenInformation, OWNER_SECURITY_INFORMATION, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Pipes::{NMPWAIT_NOWAIT, WaitNamedPipeW};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION,
};

/// A security identifier in its text form, `S-1-5-21-…`.
pub(super) type Sid = Arc<str>;

/// The user that this process runs as.
pub(super) fn current_user() -> io::Result<Sid> {
    static CURRENT: OnceLock<Sid> = OnceLock::new();
    if let Some(sid) = CURRENT.get() {
        return Ok(Arc::clone(sid));
    }
    // SAFETY: takes nothing and returns a constant that stands for this process.
    let process = unsafe { GetCurrentProcess() };
    let sid = user_of(process)?;
    Ok(Arc::clone(CURRENT.get_or_init(|| sid)))
}

/// The user that a process runs as. Fails if this one may not ask.
pub(super) fn user_of_process(pid: u32) -> io::Result<Sid> {
    // SAFETY: takes numbers only.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) };
    if process.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was opened just now, and nobody else closes it.
    let process = unsafe { OwnedHandle::from_raw_handle(process) };
    user_of(process.as_raw_handle())
}

/// The owner of a pipe: the user that made it, unless it was told another one.
///
/// Asked of the pipe itself and not of a process, for a process id may have gone to another process since.
pub(super) fn owner_of(pipe: BorrowedHandle<'_>) -> io::Result<Sid> {
    let mut owner: PSID = null_mut();
    let mut descriptor = null_mut();
    // SAFETY: the handle is open for as long as it is borrowed; both pointers are to variables that outlive the
    // call; parts that are not asked for may be null.
    let code = unsafe {
        GetSecurityInfo(
            pipe.as_raw_handle(),
            SE_KERNEL_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &raw mut owner,
            null_mut(),
            null_mut(),
            null_mut(),
            &raw mut descriptor,
        )
    };
    if code != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(code.cast_signed()));
    }
    let _descriptor = Local(descriptor);
    if owner.is_null() {
        return Err(io::Error::other("the pipe has no owner"));
    }
    // SAFETY: the call above succeeded, so `owner` points into `descriptor`, which is freed behind this.
    unsafe { text_of(owner) }
}

/// Whether there is a pipe of this name, without connecting to it.
pub(super) fn pipe_exists(path: &str) -> bool {
    let path: Vec<u16> = path.encode_utf16().chain([0]).collect();
    // SAFETY: the text ends with a null and outlives the call.
    if unsafe { WaitNamedPipeW(path.as_ptr(), NMPWAIT_NOWAIT) } != 0 {
        return true;
    }
    // What is told of a pipe whose instances are all in use.
    io::Error::last_os_error().raw_os_error() == Some(ERROR_SEM_TIMEOUT.cast_signed())
}

fn user_of(process: HANDLE) -> io::Result<Sid> {
    let mut token = null_mut();
    // SAFETY: the caller holds the process handle open; `token` outlives the call.
    if unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was opened just now, and nobody else closes it.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    // Room for the fixed part and for the longest identifier there is (68 bytes), as aligned as the fixed
    // part wants it.
    let mut user = [0_u64; 16];
    let size = u32::try_from(size_of_val(&user)).unwrap_or(0);
    let mut needed = 0;
    // SAFETY: the buffer is `size` bytes long and outlives the call; the system writes no more than that.
    let read = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            (&raw mut user).cast(),
            size,
            &raw mut needed,
        )
    };
    if read == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call above succeeded, so the buffer, which is aligned for it, begins with a `TOKEN_USER` whose
    // identifier lies in the same buffer.
    unsafe { text_of((*(&raw const user).cast::<TOKEN_USER>()).User.Sid) }
}

/// # Safety
///
/// `sid` points to a valid identifier.
unsafe fn text_of(sid: PSID) -> io::Result<Sid> {
    let mut text = null_mut();
    // SAFETY: the identifier is valid, as the caller says; `text` outlives the call.
    if unsafe { ConvertSidToStringSidW(sid, &raw mut text) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let _text = Local(text.cast());
    let mut units = Vec::new();
    let mut at = text;
    // SAFETY: the call above succeeded, so the text ends with a null, and nothing behind it is read.
    while let unit @ 1.. = unsafe { *at } {
        units.push(unit);
        // SAFETY: the unit there is not the null, so the next one is part of the text, too.
        at = unsafe { at.add(1) };
    }
    Ok(String::from_utf16_lossy(&units).into())
}

/// Memory that the system allocated and this process is to free.
struct Local(*mut c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: the system handed the pointer out to be freed this way, once.
        unsafe { LocalFree(self.0) };
    }
}
