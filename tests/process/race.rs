//! Many processes that want one name.

use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use ipc_rpc::{Connect, SocketName, context};
use support::{LabClient, Task, watched_for};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::program::Program;

/// How often the races are run. By this variable, if that is set; each takes a second or two on a busy machine.
const ROUNDS: &str = "IPC_RPC_RACES";

const PROCESSES: usize = 50;

fn test<F: Future<Output = ()>>(test: impl FnOnce(usize) -> F + Send + 'static) {
    let rounds = std::env::var(ROUNDS)
        .ok()
        .and_then(|text| text.parse().ok());
    let rounds: usize = rounds.unwrap_or(5);
    let patience = Duration::from_secs(60) + Duration::from_secs(10) * rounds.try_into().unwrap();
    watched_for(patience, move || {
        Runtime::new().unwrap().block_on(test(rounds));
    });
}

/// Processes that wait for the word.
async fn line_up(name: &SocketName) -> Vec<Program> {
    let mut racers: Vec<_> = (0..PROCESSES)
        .map(|_| Program::start("race", &name.to_string()))
        .collect();
    for racer in &mut racers {
        racer.expect("ready").await;
    }
    racers
}

/// Gives all of them the word, and returns how they fared, in their order.
async fn race(racers: &mut [Program]) -> Vec<String> {
    join_all(racers.iter_mut().map(Program::tell)).await;
    let results = join_all(racers.iter_mut().map(Program::says)).await;
    results.into_iter().map(Option::unwrap).collect()
}

/// Connects and calls, again and again, until it is over; returns how often. None may fail.
fn keep_calling(name: &SocketName, over: Arc<AtomicBool>) -> Task<u64> {
    let name = name.clone();
    Task::spawn(async move {
        let mut calls = 0;
        while !over.load(Ordering::Relaxed) {
            let client: LabClient = Connect::new(&name).await.unwrap();
            assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
            calls += 1;
        }
        calls
    })
}

#[test]
fn of_many_processes_that_race_for_a_dead_servers_name_exactly_one_wins() {
    test(async |rounds| {
        let name = SocketName::unique();
        for round in 0..rounds {
            let mut dead = Program::start("serve", &name.to_string());
            dead.expect("ready").await;
            let mut racers = line_up(&name).await;
            dead.kill().await;
            let results = race(&mut racers).await;
            let lost = results.iter().filter(|result| *result == "lost").count();
            assert_eq!(lost, PROCESSES - 1, "{round}: {results:?}");
            let winner = results.iter().position(|result| result == "won").unwrap();
            let winner = racers.remove(winner);
            // It is the one that is found, and stays it when all others have ended.
            for racer in racers {
                racer.end().await;
            }
            let client: LabClient = Connect::new(&name).await.unwrap();
            assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
            if let Some(pid) = client.connection().peer_identity().pid() {
                assert_eq!(Some(pid), winner.pid());
            }
            drop(client);
            winner.end().await;
        }
    });
}

#[test]
fn a_live_server_is_found_at_every_moment_while_many_processes_want_its_name() {
    test(async |rounds| {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("s");
        let name = SocketName::path(&path).unwrap();
        let mut server = Program::start("serve", &name.to_string());
        server.expect("ready").await;
        let inode = || std::fs::metadata(&path).unwrap().ino();
        let before = inode();
        let over = Arc::new(AtomicBool::new(false));
        let calling = keep_calling(&name, Arc::clone(&over));
        for round in 0..rounds.div_ceil(3) {
            let mut racers = line_up(&name).await;
            let results = race(&mut racers).await;
            assert!(
                results.iter().all(|result| result == "lost"),
                "{round}: {results:?}"
            );
            for racer in racers {
                racer.end().await;
            }
            assert_eq!(inode(), before, "its socket was replaced");
        }
        over.store(true, Ordering::Relaxed);
        assert!(calling.join().await > 0);
        server.end().await;
    });
}

#[test]
fn of_many_processes_that_take_over_at_once_one_is_found_and_none_is_hurt_by_the_end_of_another() {
    test(async |_| {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("s");
        let name = SocketName::path(&path).unwrap();
        let mut thieves: Vec<_> = (0..PROCESSES / 2)
            .map(|_| Program::start("serve-by-force", &name.to_string()))
            .collect();
        for thief in &mut thieves {
            thief.expect("ready").await;
        }
        let client: LabClient = Connect::new(&name).await.unwrap();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        let found = client.connection().peer_identity().pid();
        // Those that were robbed are told so, and their end is nobody else's.
        let (found, robbed): (Vec<_>, Vec<_>) =
            thieves.into_iter().partition(|thief| thief.pid() == found);
        assert_eq!(found.len(), 1);
        for mut thief in robbed {
            let told = format!("error: `{name}` does not lead to this server any more");
            thief.expect(&told).await;
            thief.end().await;
            let sum = client.add(context::current(), 2, 3).await;
            assert_eq!(sum.unwrap(), 5);
            Connect::<LabClient>::new(&name).await.unwrap();
        }
    });
}
