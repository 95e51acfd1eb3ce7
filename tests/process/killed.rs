//! Servers that are killed again and again, and clients that connect again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use ipc_rpc::{CallOutcome, Connect, Reconnect, SocketName, context};
use support::{FileJournal, JournalClient, Task, watched_for};
use tokio::runtime::{Handle, Runtime};

use crate::program::{PROGRAM, Program};

/// How often the server is killed, by this variable, if that is set.
const KILLS: &str = "IPC_RPC_KILLS";

/// How many clients call it meanwhile.
const CLIENTS: usize = 8;

fn kills() -> u32 {
    let kills = std::env::var(KILLS).ok().and_then(|text| text.parse().ok());
    kills.unwrap_or(10)
}

/// What became of a call, as its caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Ran,
    DidNotRun,
    MayHaveRun,
}

/// What the clients have in common.
#[derive(Default)]
struct Calls {
    next: AtomicU64,
    answered: AtomicU64,
    over: AtomicBool,
}

impl Calls {
    /// Calls until it is over, and returns what became of each call.
    async fn run(&self, client: &JournalClient) -> Vec<(u64, Told)> {
        let mut told = Vec::new();
        while !self.over.load(Ordering::SeqCst) {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let result = client.enter(context::without_deadline(), number).await;
            let how = match result {
                Ok(entered) => {
                    assert_eq!(entered, number);
                    self.answered.fetch_add(1, Ordering::SeqCst);
                    Told::Ran
                }
                Err(error) => match error.outcome() {
                    CallOutcome::Unknown => Told::MayHaveRun,
                    CallOutcome::NotSent | CallOutcome::Refused => Told::DidNotRun,
                    CallOutcome::Ran => panic!("{error:?}"),
                },
            };
            told.push((number, how));
        }
        told
    }

    /// Waits until so many more calls were answered.
    async fn answered(&self, more: u64) {
        let enough = self.answered.load(Ordering::SeqCst) + more;
        while self.answered.load(Ordering::SeqCst) < enough {
            tokio::task::yield_now().await;
        }
    }
}

async fn server(name: &SocketName, journal: &Path) -> Program {
    let mut server = Program::start_with(
        Path::new(PROGRAM),
        "keep-journal",
        &name.to_string(),
        |command| {
            command.arg(journal);
        },
    );
    server.expect("ready").await;
    server
}

#[cfg(target_os = "linux")]
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Waits until as few tasks and descriptors are left as there were.
async fn is_as_before(tasks: usize, descriptors: impl Fn() -> bool) {
    while Handle::current().metrics().num_alive_tasks() > tasks || !descriptors() {
        tokio::task::yield_now().await;
    }
}

#[test]
fn clients_of_a_server_that_is_killed_again_and_again_lose_no_call_and_run_none_twice() {
    let kills = kills();
    watched_for(
        Duration::from_secs(60) + Duration::from_secs(1) * kills,
        move || {
            Runtime::new()
                .unwrap()
                .block_on(killed_again_and_again(kills));
        },
    );
}

async fn killed_again_and_again(kills: u32) {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let name = SocketName::unique();
    // What the runtime itself opens with the first child is there before it is counted.
    let mut running = server(&name, &journal).await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    #[cfg(target_os = "linux")]
    let open = descriptors();

    let mut policy = Reconnect::default();
    policy.first_delay = Duration::from_millis(5);
    policy.longest_delay = Duration::from_millis(50);
    let calls = Arc::new(Calls::default());
    let clients = (0..CLIENTS).map(|_| {
        let connect = Connect::<JournalClient>::new(&name).reconnect(policy.clone());
        let calls = Arc::clone(&calls);
        async move {
            let client = connect.await.unwrap();
            Task::spawn(async move { calls.run(&client).await })
        }
    });
    let clients = join_all(clients).await;
    for _ in 0..kills {
        calls.answered(200).await;
        running.kill().await;
        running = server(&name, &journal).await;
    }
    calls.answered(200).await;
    calls.over.store(true, Ordering::SeqCst);
    let mut told = HashMap::new();
    for client in clients {
        told.extend(client.join().await);
    }
    assert_eq!(told.len() as u64, calls.next.load(Ordering::SeqCst));

    is_as_before(tasks, || {
        #[cfg(target_os = "linux")]
        return descriptors() <= open;
        #[cfg(not(target_os = "linux"))]
        true
    })
    .await;
    running.end().await;

    let mut entered: HashMap<u64, u32> = HashMap::new();
    for number in FileJournal::read(&journal).unwrap() {
        *entered.entry(number).or_default() += 1;
    }
    let mut unknown = 0;
    for (number, how) in &told {
        let times = entered.remove(number).unwrap_or(0);
        let right = match how {
            Told::Ran => times == 1,
            Told::DidNotRun => times == 0,
            Told::MayHaveRun => times <= 1,
        };
        assert!(right, "call {number}: {how:?}, and it ran {times} times");
        unknown += u32::from(*how == Told::MayHaveRun);
    }
    assert!(entered.is_empty(), "nobody called {entered:?}");
    // They wait for as long as it takes, so none has to be told that it was not sent; and no more are lost than there were
    // under way when a server died.
    assert!(told.values().all(|how| *how != Told::DidNotRun));
    assert!(unknown as usize <= kills as usize * CLIENTS, "{unknown}");
    println!(
        "{kills} kills, {} calls; {unknown} failed that may have run",
        told.len()
    );
}
