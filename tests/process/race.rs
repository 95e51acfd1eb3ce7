//! Many processes that want one name.

use futures_util::future::join_all;
use ipc_rpc::{Connect, SocketName, context};
use support::LabClient;

use crate::program::{Program, test};

const PROCESSES: usize = 50;
const ROUNDS: usize = 4;

#[test]
fn of_many_processes_that_race_for_a_dead_servers_name_exactly_one_wins() {
    test(async || {
        let name = SocketName::unique();
        for round in 0..ROUNDS {
            let mut dead = Program::start("serve", &name.to_string());
            dead.expect("ready").await;
            let mut racers: Vec<_> = (0..PROCESSES)
                .map(|_| Program::start("race", &name.to_string()))
                .collect();
            for racer in &mut racers {
                racer.expect("ready").await;
            }
            dead.kill().await;
            join_all(racers.iter_mut().map(Program::tell)).await;
            let mut results = join_all(racers.iter_mut().map(Program::says)).await;
            results.sort();
            let lost = Some("lost".to_owned());
            let won = Some("won".to_owned());
            assert_eq!(
                results.iter().filter(|result| **result == lost).count(),
                PROCESSES - 1,
                "{round}: {results:?}"
            );
            assert_eq!(results.last(), Some(&won));
            // The winner is the one that is reached.
            let client: LabClient = Connect::new(&name).await.unwrap();
            assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
            drop(client);
            for racer in racers {
                racer.end().await;
            }
        }
    });
}
