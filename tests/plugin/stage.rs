//! A host for the tests, and what it takes to look at processes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ipc_rpc::plugin::{self, Command, Handoff, Host, LaunchError, Plugin, PluginEvent, PluginExit};
use ipc_rpc::{Context, Events};
use support::{Task, watched_for};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::api::{AgentClient, Headquarters};

/// The program that plugins run.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_test-plugin");

/// How soon something is to have happened that nothing holds up, on a machine that does much else.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Runs a test on several threads, under the watchdog.
pub(crate) fn test<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    watched_for(Duration::from_secs(90), || {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(test());
        runtime.shutdown_background();
    });
}

/// Waits for something that is to happen soon.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(SOON, future).await.expect("soon")
}

#[derive(Default)]
pub(crate) struct TheHeadquarters {
    count: AtomicU64,
}

impl Headquarters for TheHeadquarters {
    async fn who_am_i(&self, ctx: Context) -> (String, u32) {
        let caller = ctx.session::<plugin::Caller>().unwrap();
        assert_eq!(ctx.peer().identity().pid(), Some(caller.pid()));
        (caller.name().to_owned(), caller.pid())
    }

    async fn count(&self, _: Context) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed) + 1
    }
}

pub(crate) fn host() -> Host {
    Host::new(TheHeadquarters::default().serve())
}

/// The plugin that behaves in this way.
pub(crate) fn command(args: &[&str]) -> Command {
    Command::new(PROGRAM)
        .args(args)
        .name("agent")
        .health_check(None)
        .restart(plugin::RestartPolicy::never())
}

pub(crate) async fn launch(host: &Host, args: &[&str]) -> Plugin<AgentClient> {
    launch_as(host, command(args)).await
}

pub(crate) async fn launch_as(host: &Host, command: Command) -> Plugin<AgentClient> {
    soon(host.launch(command)).await.unwrap()
}

/// The ways in which a plugin gets at its channel on this system.
pub(crate) fn handoffs() -> &'static [Handoff] {
    if cfg!(unix) {
        &[Handoff::Inherited, Handoff::PrivateName]
    } else {
        &[Handoff::PrivateName]
    }
}

/// A call that is on its way when this returns, provided that there is a slot for it.
pub(crate) async fn begun<T: Send + 'static>(
    call: impl Future<Output = T> + Send + 'static,
) -> Task<T> {
    let mut call = Box::pin(call);
    assert!(futures_util::poll!(&mut call).is_pending());
    Task::spawn(call)
}

/// Checks that a process has ended and was reaped. Windows tells of others' processes by unsafe calls only, and nothing is
/// checked there.
pub(crate) fn assert_gone(pid: u32) {
    #[cfg(unix)]
    assert_eq!(life(pid), Life::Gone);
    #[cfg(not(unix))]
    let _ = pid;
}

/// Checks that a plugin was ended by this signal. Windows has none.
pub(crate) fn assert_signal(exit: &PluginExit, signal: i32) {
    let status = exit.status.unwrap();
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(signal)
    );
    #[cfg(not(unix))]
    let _ = (status, signal);
}

/// Launches what cannot be launched.
pub(crate) async fn fail(command: Command) -> LaunchError {
    soon(host().launch::<AgentClient>(command))
        .await
        .map(drop)
        .unwrap_err()
}

/// The next event that is like this; those before it are passed over.
pub(crate) async fn event<T>(
    events: &mut Events<PluginEvent>,
    mut like: impl FnMut(PluginEvent) -> Option<T>,
) -> T {
    soon(async {
        while let Some(event) = events.next().await {
            if let Some(found) = like(event) {
                return found;
            }
        }
        panic!("the events are over");
    })
    .await
}

/// What the kernel says of a process: nothing if there is none.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Gone,
    /// Dead, and not asked for by its parent.
    Zombie,
    Alive,
}

#[cfg(unix)]
pub(crate) fn life(pid: u32) -> Life {
    match state(pid) {
        None => Life::Gone,
        Some('Z' | 'X') => Life::Zombie,
        Some(_) => Life::Alive,
    }
}

#[cfg(target_os = "linux")]
fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the program's name, which may have anything in it.
    stat.rsplit_once(") ")?.1.chars().next()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn state(pid: u32) -> Option<char> {
    let state = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    String::from_utf8_lossy(&state.stdout).trim().chars().next()
}

/// Waits until a process is dead. Whether it is reaped is its parent's business, who may be somebody else by now.
#[cfg(unix)]
pub(crate) async fn dead(pid: u32) {
    soon(async {
        while life(pid) == Life::Alive {
            look_again().await;
        }
    })
    .await;
}

/// The kernel tells nobody but its parent that a process has ended.
#[expect(clippy::disallowed_methods, reason = "there is nothing to wait for")]
pub(crate) async fn look_again() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// The children of this process.
pub(crate) fn children() -> Vec<u32> {
    let us = std::process::id().to_string();
    let listed = std::process::Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,comm="])
        .output()
        .unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let children = listed.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (pid, parent, name) = (words.next()?, words.next()?, words.next()?);
        (parent == us && name != "ps").then(|| pid.parse().unwrap())
    });
    children.collect()
}
