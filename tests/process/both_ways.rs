//! Two processes that call each other with all their might, and peers that stop.

use std::cell::Cell;
use std::time::Duration;

use bytes::Bytes;
use ipc_rpc::{Peer, ServerHandle, SocketName, context};
use support::{LabClient, Place, Stage, watched_for};
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::program::Program;

/// How long both sides call each other. In seconds, by this variable, if that is set.
const SOAK: &str = "IPC_RPC_SOAK_SECONDS";

const MIB: usize = 1024 * 1024;

fn soak() -> Duration {
    let seconds = std::env::var(SOAK).ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(2))
}

async fn peer(handle: &ServerHandle, stage: &mut Stage) -> Peer {
    let id = stage.connected().await;
    handle.peer(id).unwrap()
}

#[test]
fn calls_of_a_mebibyte_in_both_directions_at_once_do_not_wait_for_each_other_for_ever() {
    let time = soak();
    watched_for(time + Duration::from_secs(60), move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let name = SocketName::unique();
            let mut stage = Stage::at(Place::LocalSocket(name.clone()), |server| server).await;
            let mut child = Program::start("both-ways", &name.to_string());
            let handle = stage.handle.clone();
            let lab: LabClient = peer(&handle, &mut stage).await.client();
            let over = Cell::new(false);
            let callers = (0..8_u8).map(|number| {
                let (lab, over) = (lab.clone(), &over);
                async move {
                    let bytes = Bytes::from(vec![number; MIB]);
                    let mut calls = 0_u64;
                    while !over.get() {
                        let echoed = lab.bytes(context::current(), bytes.clone()).await.unwrap();
                        assert_eq!(echoed, bytes);
                        calls += 1;
                    }
                    calls
                }
            });
            let passing = async {
                let _ = timeout(time, std::future::pending::<()>()).await;
                over.set(true);
            };
            let (calls, ()) = tokio::join!(futures_util::future::join_all(callers), passing);
            let calls: u64 = calls.iter().sum();
            child.tell().await;
            let theirs: u64 = child.says().await.unwrap().parse().unwrap();
            assert!(calls >= 8 && theirs >= 8, "{calls} and {theirs}");
            println!("{calls} calls one way, {theirs} the other, in {time:?}");
            child.end().await;
            stage.end().await;
        });
    });
}

#[cfg(unix)]
#[test]
fn a_peer_that_is_stopped_delays_no_call_to_another() {
    use rustix::process::Signal;
    use support::promptly;

    crate::program::test(async || {
        let name = SocketName::unique();
        let mut stage = Stage::at(Place::LocalSocket(name.clone()), |server| server).await;
        let handle = stage.handle.clone();
        let mut children = Vec::new();
        let mut labs = Vec::new();
        for _ in 0..3 {
            children.push(Program::start("serve-to-host", &name.to_string()));
            labs.push(peer(&handle, &mut stage).await.client::<LabClient>());
        }
        let (stopped, running) = labs.split_first().unwrap();
        stopped.add(context::current(), 2, 3).await.unwrap();
        children[0].signal(Signal::STOP);
        // More than the system takes for a peer that does not read.
        let bytes = Bytes::from(vec![7; MIB]);
        let held_up = (0..8).map(|_| stopped.bytes(context::without_deadline(), bytes.clone()));
        let held_up = futures_util::future::join_all(held_up);
        let others = async {
            for round in 0..500 {
                for lab in running {
                    let sum = promptly(lab.add(context::current(), round, 1)).await;
                    assert_eq!(sum.unwrap(), round + 1);
                }
            }
            // It would not have come to this if it had read meanwhile.
            children[0].signal(Signal::CONT);
        };
        let (held_up, ()) = tokio::join!(held_up, others);
        for echoed in held_up {
            assert_eq!(echoed.unwrap(), bytes);
        }
        for child in children {
            child.end().await;
        }
        stage.end().await;
    });
}
