//! Calls in both directions, and plugins that make them hard.

use std::sync::Mutex;

use futures_util::future::join_all;
use ipc_rpc::plugin::{Guest, InProcess};
use ipc_rpc::{CallError, Context, Receiver, context, ipc_service};
use support::Task;

use crate::api::{Agent, AgentClient, HeadquartersClient};
use crate::stage::{command, handoffs, host, launch, launch_as, soon, test};

#[test]
fn host_and_plugin_call_each_other_and_know_who_it_is() {
    test(async || {
        for handoff in handoffs().iter().copied() {
            let host = host();
            let plugin = launch_as(&host, command(&["serve"]).handoff(handoff)).await;
            let client = plugin.client();
            assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
            let pid = client.pid(context::current()).await.unwrap();
            assert_eq!(plugin.pid(), Some(pid));
            let who = client.ask_who(context::current()).await.unwrap();
            assert_eq!(who, ("agent".to_owned(), pid));
            let identity = plugin.connection().unwrap().peer_identity().clone();
            assert_eq!((identity.pid(), identity.is_same_user()), (Some(pid), true));
            let exit = soon(plugin.shutdown()).await;
            assert!(exit.is_clean, "{exit:?}");
        }
    });
}

#[test]
fn a_plugin_calls_its_host_over_a_client_that_it_was_made_with() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["calls-by-itself"]).await;
        let who = plugin.client().ask_who(context::current()).await.unwrap();
        assert_eq!(who, ("agent".to_owned(), plugin.pid().unwrap()));
        assert!(soon(plugin.shutdown()).await.is_clean);
    });
}

/// Calls its host as soon as it is made.
struct Eager {
    count: Mutex<Option<Task<Result<u64, CallError>>>>,
}

#[ipc_service]
trait Counter {
    async fn counted(&self, ctx: Context) -> u64;
}

impl Counter for Eager {
    async fn counted(&self, _: Context) -> u64 {
        let count = self.count.lock().unwrap().take();
        count.unwrap().join().await.unwrap()
    }
}

#[test]
fn a_call_that_a_plugin_makes_before_it_is_connected_waits_for_that() {
    test(async || {
        let host = host();
        let guest = Guest::new().serve_with(|host| {
            let client: HeadquartersClient = host.client();
            let count = Task::spawn(async move { client.count(context::current()).await });
            let count = Mutex::new(Some(count));
            Eager { count }.serve()
        });
        let plugin: InProcess<CounterClient> = host.in_process(guest).await.unwrap();
        assert_eq!(
            plugin.client().counted(context::current()).await.unwrap(),
            1
        );
    });
}

#[test]
fn a_call_that_a_plugin_makes_fails_when_it_never_is_connected() {
    test(async || {
        let mut client: Option<HeadquartersClient> = None;
        let guest = Guest::new().serve_with(|host| {
            client = Some(host.client());
            let count = Mutex::new(None);
            Eager { count }.serve()
        });
        let client = client.unwrap();
        let call = Task::spawn(async move { client.count(context::without_deadline()).await });
        // This is no plugin.
        guest.run().await.unwrap_err();
        soon(call.join()).await.unwrap_err();
    });
}

#[test]
fn a_plugin_that_floods_its_host_with_calls_gets_all_its_answers() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let client = plugin.client();
        let counted = soon(client.flood_host(context::current(), 20_000)).await;
        assert_eq!(counted.unwrap(), 20_000);
    });
}

#[test]
fn a_plugin_that_panics_fails_the_call_and_nothing_else() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let client = plugin.client();
        let panicked = client.panic(context::current()).await;
        assert!(matches!(panicked, Err(CallError::Panicked)), "{panicked:?}");
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    });
}

#[test]
fn an_answer_that_is_too_large_fails_its_call_alone() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let client = plugin.client();
        let filled = client.fill(context::current(), 100 * 1024 * 1024).await;
        assert!(
            matches!(filled, Err(CallError::TooLarge { response: true, .. })),
            "{filled:?}"
        );
        assert_eq!(
            client
                .fill(context::current(), 1_000_000)
                .await
                .unwrap()
                .len(),
            1_000_000
        );
    });
}

#[test]
fn a_plugin_streams() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let mut numbers: Receiver<u64> = plugin.client().numbers(context::current()).await.unwrap();
        for expected in 0..10_000 {
            assert_eq!(numbers.recv().await.unwrap().unwrap(), expected);
        }
    });
}

#[test]
fn a_plugin_that_hangs_delays_no_other() {
    test(async || {
        let host = host();
        let hanging = launch(&host, &["serve", "--one-thread"]).await;
        let others = join_all((0..3).map(|_| launch(&host, &["serve"]))).await;
        let hangs = hanging.client();
        let hangs = hangs.block_all(context::with_timeout(std::time::Duration::from_secs(1)));
        let calls = async {
            for round in 0..200 {
                for other in &others {
                    let sum = other.client().add(context::current(), round, 1).await;
                    assert_eq!(sum.unwrap(), round + 1);
                }
            }
        };
        let (hung, ()) = soon(async { tokio::join!(hangs, calls) }).await;
        assert!(hung.unwrap_err().is_timeout());
        soon(host.shutdown()).await;
    });
}

#[test]
fn the_channel_is_no_childs_of_the_plugin_and_nobody_reads_from_it() {
    test(async || {
        for handoff in handoffs().iter().copied() {
            let host = host();
            let plugin = launch_as(&host, command(&["serve"]).handoff(handoff)).await;
            let client = plugin.client();
            let read = client.drain_stdin(context::current()).await;
            assert_eq!(read.unwrap(), 0);
            if cfg!(target_os = "linux") {
                let script = "readlink /proc/self/fd/* | grep -c socket".to_owned();
                let args = vec!["-c".to_owned(), script];
                let sockets = client
                    .run_program(context::current(), "sh".into(), args)
                    .await;
                assert_eq!(sockets.unwrap().trim(), "0");
            }
            assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        }
    });
}

#[test]
fn a_plugin_inherits_the_environment_unless_told_otherwise() {
    test(async || {
        let host = host();
        let path = || "PATH".to_owned();
        let plugin = launch(&host, &["serve"]).await;
        let inherited = plugin.client().variable(context::current(), path()).await;
        assert!(inherited.unwrap().is_some());
        if cfg!(windows) {
            // Wine finds the library that stands in for a missing one by this variable.
            return;
        }
        let cleared = command(&["serve"]).env_clear().env("OTHER", "7");
        let cleared = launch_as(&host, cleared).await;
        let client = cleared.client();
        let none = client.variable(context::current(), path()).await;
        assert_eq!(none.unwrap(), None);
        let set = client.variable(context::current(), "OTHER".into());
        assert_eq!(set.await.unwrap().as_deref(), Some("7"));
        let removed = launch_as(&host, command(&["serve"]).env_remove("PATH")).await;
        let none = removed.client().variable(context::current(), path()).await;
        assert_eq!(none.unwrap(), None);
    });
}

/// An agent of this process.
struct Inside;

impl Agent for Inside {
    async fn agreed(&self, _: Context, _: String) -> (Option<u32>, Option<u32>, bool) {
        (None, None, false)
    }

    async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
        a + b
    }
    async fn pid(&self, ctx: Context) -> u32 {
        let host: HeadquartersClient = ctx.peer().client();
        host.who_am_i(context::current()).await.unwrap().1
    }
    async fn variable(&self, _: Context, _: String) -> Option<String> {
        None
    }
    fn drain_stdin(&self, _: Context) -> usize {
        0
    }
    async fn run_program(&self, _: Context, _: String, _: Vec<String>) -> String {
        String::new()
    }
    async fn beget(&self, _: Context) -> u32 {
        0
    }
    async fn ask_who(&self, _: Context) -> (String, u32) {
        (String::new(), 0)
    }
    async fn flood_host(&self, _: Context, _: u64) -> u64 {
        0
    }
    fn print(&self, _: Context, _: bool, _: usize, _: usize) {}
    async fn say(&self, _: Context, _: String) {}
    async fn panic(&self, _: Context) -> u32 {
        panic!("as I was told")
    }
    async fn abort(&self, _: Context) -> u32 {
        0
    }
    async fn exit(&self, _: Context, _: i32) -> u32 {
        0
    }
    async fn hang(&self, _: Context) -> u32 {
        std::future::pending().await
    }
    async fn block_all(&self, _: Context) -> u32 {
        0
    }
    async fn block_later(&self, _: Context, _: u64) {}
    async fn answer_late(&self, _: Context, _: u64) -> u32 {
        0
    }
    async fn fill(&self, _: Context, len: usize) -> Vec<u8> {
        vec![0; len]
    }
    async fn numbers(&self, ctx: Context) -> Receiver<u64> {
        ctx.stream(|_| async {})
    }
    async fn leave(&self, _: Context) {}
    async fn hang_up(&self, _: Context) {}
}

#[test]
fn a_plugin_within_the_process_goes_the_same_way() {
    test(async || {
        let host = host();
        let plugin: InProcess<AgentClient> = host
            .in_process(Guest::new().serve(Inside.serve()))
            .await
            .unwrap();
        let client = plugin.client();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        let pid = client.pid(context::current()).await.unwrap();
        assert_eq!(pid, std::process::id());
        let panicked = client.panic(context::current()).await;
        assert!(matches!(panicked, Err(CallError::Panicked)), "{panicked:?}");
        soon(plugin.shutdown()).await.unwrap();
        let nothing = host.in_process::<AgentClient>(Guest::new()).await;
        let text = nothing.map(drop).unwrap_err().to_string();
        assert!(text.contains("`Agent`"), "{text}");
    });
}
