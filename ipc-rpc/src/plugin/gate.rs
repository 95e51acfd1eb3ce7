//! How a channel gets from a host to the plugin that it starts, and to nobody else.
//!
//! The listening end is there before the program is started. A secret travels over the standard input, which is a pipe between
//! the two, and stands in no argument and no variable of the environment, where the plugin's own children would find it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use crate::auth::{AuthHello, Authenticator};
use crate::error::Rejection;
use crate::transport::local_socket::SocketName;

/// Tells a program that it is started as a plugin, and how it gets at its channel. No secret, and no protection: it is there so
/// that a plugin that is run by hand can say so.
pub(super) const VARIABLE: &str = "IPC_RPC_PLUGIN";

/// What [`VARIABLE`] says for a channel that is the standard input.
pub(super) const INHERITED: &str = "1:inherited";

/// What it says for one that is told on the first line of the standard input.
pub(super) const NAMED: &str = "1:named";

/// What the first line of the standard input begins with, and bytes that it may have.
pub(super) const LINE_PREFIX: &str = "ipc-rpc-plugin";
pub(super) const MAX_LINE: usize = 4 * 1024;

/// What a host says first to a plugin that waits for one, with the token behind it.
pub(super) const ATTACH_PREFIX: &str = "ipc-rpc-attach ";

/// Who calls the host: to be had in a handler of the host's with `ctx.session::<plugin::Caller>()`.
#[derive(Clone, Debug)]
pub struct Caller {
    name: Arc<str>,
    pid: u32,
}

impl Caller {
    pub(super) const fn new(name: Arc<str>, pid: u32) -> Self {
        Self { name, pid }
    }

    /// What the plugin is [called](super::Command::name).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id of its program.
    #[must_use]
    pub const fn pid(&self) -> u32 {
        self.pid
    }
}

/// What a plugin shows to its host in the hello.
#[derive(Serialize, Deserialize)]
pub(super) struct Credentials {
    /// Empty over a channel that was inherited: to have it is proof enough.
    pub(super) token: Vec<u8>,
}

/// 256 bits that nobody can guess.
#[derive(Clone)]
pub(super) struct Token([u8; 32]);

impl Token {
    pub(super) fn random() -> io::Result<Self> {
        let mut token = [0; 32];
        getrandom::fill(&mut token).map_err(io::Error::other)?;
        Ok(Self(token))
    }

    /// Takes as long whatever differs.
    pub(super) fn is(&self, shown: &[u8]) -> bool {
        self.0.ct_eq(shown).into()
    }

    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let mut token = [0; 32];
        if text.len() != 2 * token.len() || !text.is_ascii() {
            return None;
        }
        for (byte, digits) in token.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(token))
    }

    pub(super) fn hex(&self) -> String {
        hex(&self.0)
    }

    pub(super) fn into_credentials(self) -> Credentials {
        Credentials {
            token: self.0.to_vec(),
        }
    }
}

/// Never what it is.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Lets one process through, once.
#[derive(Debug)]
pub(super) struct Gate {
    name: Arc<str>,
    /// `None`: the channel was inherited.
    token: Option<Token>,
    used: AtomicBool,
    /// Whether the plugin was.
    let_through: AtomicBool,
    /// Known when the program is started, which may be after it has connected.
    pid: watch::Sender<Option<u32>>,
}

impl Gate {
    pub(super) fn new(name: Arc<str>, token: Option<Token>) -> Arc<Self> {
        Arc::new(Self {
            name,
            token,
            used: AtomicBool::new(false),
            let_through: AtomicBool::new(false),
            pid: watch::Sender::new(None),
        })
    }

    pub(super) fn started(&self, pid: u32) {
        self.pid.send_replace(Some(pid));
    }

    /// Whether the plugin has shown its token.
    pub(super) fn has_let_through(&self) -> bool {
        self.let_through.load(Ordering::Relaxed)
    }

    /// The line that tells a plugin where to connect, and what to show.
    pub(super) fn line(&self, name: &SocketName) -> String {
        let token = self.token.as_ref().map(Token::hex).unwrap_or_default();
        // The plugin may have another environment, and look elsewhere. A path that is no text is left out: then it has to look.
        let path = name.located().map(|name| name.to_string());
        let path = path.filter(|path| !path.contains(['\n', '\r', char::REPLACEMENT_CHARACTER]));
        format!(
            "{LINE_PREFIX} {name} {token} {}\n",
            path.unwrap_or_default()
        )
    }

    async fn check(&self, hello: AuthHello<Credentials>) -> Result<Caller, Rejection> {
        // Nothing of this says which part of it was wrong.
        let no = |why: &str| {
            tracing::warn!(plugin = %self.name, peer = %hello.peer, why, "somebody else than the plugin was turned away");
            Err(Rejection::new(1, "this is not the plugin that was started"))
        };
        let mut pid = self.pid.subscribe();
        let Ok(Some(pid)) = pid.wait_for(Option::is_some).await.map(|pid| *pid) else {
            return no("it came before the plugin was started");
        };
        let Some(token) = &self.token else {
            return Ok(Caller::new(Arc::clone(&self.name), pid));
        };
        // First, so that who does not know the token cannot use it up.
        if !token.is(&hello.payload.token) {
            return no("a wrong token");
        }
        if self.used.swap(true, Ordering::Relaxed) {
            return no("a token that was used before");
        }
        if hello.peer.pid().is_some_and(|peer| peer != pid) {
            return no("the token in another process");
        }
        self.let_through.store(true, Ordering::Relaxed);
        Ok(Caller::new(Arc::clone(&self.name), pid))
    }
}

/// [`Gate`] as an authenticator.
#[derive(Debug)]
pub(super) struct Watch(pub(super) Arc<Gate>);

impl Authenticator for Watch {
    type Payload = Credentials;
    type Session = Caller;

    async fn authenticate(&self, hello: AuthHello<Credentials>) -> Result<Caller, Rejection> {
        self.0.check(hello).await
    }
}

/// What a plugin was told on its first line.
pub(super) fn read_line(line: &str) -> Option<(SocketName, Token)> {
    // The path is the rest of the line, with the spaces that it may have. What a later host has to say goes before it.
    let line = line.strip_suffix('\n').unwrap_or(line);
    let mut words = line.splitn(4, ' ');
    if words.next() != Some(LINE_PREFIX) {
        return None;
    }
    let name = SocketName::new(words.next()?).ok()?;
    let token = Token::from_hex(words.next()?)?;
    let rest = words.next().unwrap_or_default();
    let path = rest.find('/').and_then(|start| rest.get(start..));
    let located = path.and_then(|path| SocketName::path(path).ok());
    Some((located.unwrap_or(name), token))
}

/// Two digits a byte, in lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::PeerIdentity;
    use crate::wire::ConnectionId;

    fn hello(token: &Token) -> AuthHello<Credentials> {
        AuthHello {
            payload: token.clone().into_credentials(),
            peer: PeerIdentity::in_process(),
            connection: ConnectionId::new(1),
            name: None,
        }
    }

    fn gate(pid: u32) -> (Arc<Gate>, Token) {
        let token = Token::random().unwrap();
        let gate = Gate::new("speller".into(), Some(token.clone()));
        gate.started(pid);
        (gate, token)
    }

    #[tokio::test]
    async fn a_token_lets_its_process_through_once() {
        let (gate, token) = gate(std::process::id());
        let caller = gate.check(hello(&token)).await.unwrap();
        assert_eq!(
            (caller.name(), caller.pid()),
            ("speller", std::process::id())
        );
        gate.check(hello(&token)).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_wrong_token_is_turned_away_and_uses_nothing_up() {
        let (gate, token) = gate(std::process::id());
        gate.check(hello(&Token::random().unwrap()))
            .await
            .unwrap_err();
        let mut empty = hello(&token);
        empty.payload.token.clear();
        gate.check(empty).await.unwrap_err();
        gate.check(hello(&token)).await.unwrap();
    }

    #[tokio::test]
    async fn a_token_is_of_no_use_to_another_process_and_worth_nothing_afterwards() {
        let (gate, token) = gate(std::process::id() + 1);
        gate.check(hello(&token)).await.unwrap_err();
        gate.started(std::process::id());
        gate.check(hello(&token)).await.unwrap_err();
    }

    #[test]
    fn a_line_is_read_as_it_was_written_whatever_follows() {
        let (gate, token) = gate(7);
        let name = SocketName::unique();
        let line = gate.line(&name);
        let (read, shown) = read_line(&line).unwrap();
        assert_eq!(read, name.located().unwrap_or_else(|| name.clone()));
        assert!(token.is(&shown.0));
        // Of a host that has nowhere to put it, and of a later one.
        let bare = format!("{LINE_PREFIX} {name} {}", token.hex());
        for line in [format!("{bare}\n"), format!("{bare} and more\n")] {
            let (read, shown) = read_line(&line).unwrap();
            assert_eq!(read, name);
            assert!(token.is(&shown.0));
        }
        #[cfg(unix)]
        for line in [
            format!("{bare} /a b/c d\n"),
            format!("{bare} more /a b/c d"),
        ] {
            let (read, _) = read_line(&line).unwrap();
            assert_eq!(read, SocketName::path("/a b/c d").unwrap());
        }
        for wrong in [
            "",
            "ipc-rpc-plugin",
            "ipc-rpc-plugin name",
            "ipc-rpc-plugin name 00",
            "x y z",
        ] {
            assert!(read_line(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = Token([0xab; 32]);
        assert!(!format!("{token:?}").contains("ab"));
        assert_eq!(Token::from_hex(&token.hex()).unwrap().0, token.0);
    }
}
