//! What a connection of ours adds below a service in tarpc's form.

use std::io;
use std::time::Duration;

use futures_util::SinkExt;
use futures_util::future::join_all;
use ipc_rpc::transport::memory::Address;
use ipc_rpc::{Config, Connection, Server, ipc_service};
use support::Task;
use tarpc::client::stub::load_balance::RoundRobin;
use tarpc::client::{self, NewClient, RpcError};
use tarpc::{ClientMessage, context};

use crate::stage::{Stage, Way, run, serve};
use crate::world::{
    Step, World, WorldClient, WorldRequest, WorldService, context_for, hello_server,
};

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The kind and the text of an error that the server answered with.
fn answered(error: RpcError) -> (io::ErrorKind, String) {
    match error {
        RpcError::Server(error) => (error.kind, error.detail),
        other => panic!("not an answer: {other:?}"),
    }
}

async fn is_alive(client: &WorldClient) {
    let hello = client.hello(context::current(), "you".to_owned()).await;
    assert_eq!(hello.unwrap(), "Hello, you!");
}

#[test]
fn a_panic_of_a_handler_is_answered_at_once() {
    run(|| async {
        let stage = Stage::new(Way::LocalSocket).await;
        // The deadline is far away: it is not what ends the call.
        let panicked = stage.client.panic(context_for(YEAR)).await;
        let (_, text) = answered(panicked.unwrap_err());
        assert_eq!(text, "the handler panicked");
        is_alive(&stage.client).await;
    });
}

#[test]
fn a_response_that_is_too_large_fails_its_call_alone() {
    run(|| async {
        let stage = Stage::new(Way::LocalSocket).await;
        let filled = stage.client.fill(context_for(YEAR), 9 << 20).await;
        let (_, text) = answered(filled.unwrap_err());
        assert!(text.starts_with("a response of 94"), "{text}");
        is_alive(&stage.client).await;
    });
}

#[test]
fn a_request_that_is_too_large_fails_its_call_alone() {
    run(|| async {
        let stage = Stage::new(Way::LocalSocket).await;
        let name = "x".repeat(9 << 20);
        let (_, text) = answered(
            stage
                .client
                .hello(context_for(YEAR), name)
                .await
                .unwrap_err(),
        );
        assert!(text.starts_with("a request of 94"), "{text}");
        is_alive(&stage.client).await;
    });
}

#[test]
fn a_deadline_beyond_a_year_is_a_year_for_the_handler() {
    run(|| async {
        let stage = Stage::new(Way::Memory).await;
        // About the most that tarpc's own client bears.
        let left = stage.client.time_left(context_for(2 * YEAR)).await.unwrap();
        assert!(left <= YEAR, "{left:?}");
        assert!(left > YEAR - Duration::from_secs(60), "{left:?}");
    });
}

#[test]
fn a_deadline_that_has_passed_fails_the_call() {
    run(|| async {
        let stage = Stage::new(Way::Memory).await;
        let error = stage.client.hang(context_for(Duration::ZERO)).await;
        assert!(
            matches!(error, Err(RpcError::DeadlineExceeded)),
            "{error:?}"
        );
        is_alive(&stage.client).await;
    });
}

#[test]
fn calls_in_flight_end_when_their_connection_is_aborted() {
    run(|| async {
        let mut stage = Stage::new(Way::LocalSocket).await;
        let connection = stage.connection.take().expect("it is one of ours");
        let client = stage.client.clone();
        let call = Task::spawn(async move { client.hang(context_for(YEAR)).await });
        assert_eq!(stage.step().await, Step::Started);
        connection.abort();
        let error = call.join().await.unwrap_err();
        assert!(
            matches!(error, RpcError::Shutdown | RpcError::Channel(_)),
            "{error:?}"
        );
        // The peer has not said goodbye, and its work goes with it.
        assert_eq!(stage.step().await, Step::Dropped);
    });
}

/// The service as a later version has it.
mod later {
    use super::ipc_service;

    #[ipc_service(name = "World", version = 2)]
    pub trait LaterWorld {
        async fn hello(name: String) -> String;
        async fn goodbye(name: String) -> String;
    }
}

#[test]
fn a_method_that_the_peer_lacks_fails_alone() {
    run(|| async {
        let (hello, _steps) = hello_server();
        let address = Address::new();
        let _server = serve(&address, hello);
        let connection = Connection::connect(&address).await.unwrap();
        let lane = connection.lane::<later::LaterWorldService>().unwrap();
        let NewClient { client, dispatch } =
            later::LaterWorldClient::new(client::Config::default(), lane);
        let _dispatch = Task::spawn(dispatch);
        let goodbye = client.goodbye(context_for(YEAR), "you".to_owned()).await;
        let (kind, text) = answered(goodbye.unwrap_err());
        assert_eq!(kind, io::ErrorKind::Unsupported);
        assert!(text.contains("`goodbye` of service `World`"), "{text}");
        let hello = client.hello(context::current(), "you".to_owned()).await;
        assert_eq!(hello.unwrap(), "Hello, you!");
    });
}

#[test]
fn a_service_that_the_peer_lacks_fails_each_call_and_not_the_lane() {
    run(|| async {
        let address = Address::new();
        let server = Server::builder(&address).bind().unwrap();
        let _server = Task::spawn(server.run());
        let connection = Connection::connect(&address).await.unwrap();
        let lane = connection.lane::<WorldService>().unwrap();
        let NewClient { client, dispatch } = WorldClient::new(client::Config::default(), lane);
        let _dispatch = Task::spawn(dispatch);
        for _ in 0..2 {
            let hello = client.hello(context_for(YEAR), "you".to_owned()).await;
            let (kind, text) = answered(hello.unwrap_err());
            assert_eq!(kind, io::ErrorKind::Unsupported);
            assert!(text.contains("`hello` of service `World`"), "{text}");
        }
        connection.ping().await.unwrap();
    });
}

#[test]
fn a_cancelled_call_leaves_nothing_behind_in_its_lane() {
    run(|| async {
        let (hello, mut steps) = hello_server();
        let address = Address::new();
        let _server = serve(&address, hello);
        let connection = Connection::connect(&address).await.unwrap();
        let mut lane = connection.lane::<WorldService>().unwrap();
        let request = tarpc::Request {
            context: context_for(YEAR),
            id: 7,
            message: WorldRequest::Hang {},
        };
        lane.send(ClientMessage::Request(request)).await.unwrap();
        assert!(format!("{lane:?}").contains("in_flight: 1"), "{lane:?}");
        assert_eq!(steps.recv().await, Some(Step::Started));
        let cancel = ClientMessage::Cancel {
            trace_context: Default::default(),
            request_id: 7,
        };
        lane.send(cancel).await.unwrap();
        assert_eq!(steps.recv().await, Some(Step::Dropped));
        assert!(format!("{lane:?}").contains("in_flight: 0"), "{lane:?}");
    });
}

#[test]
fn two_lanes_of_one_connection_do_not_mix_up_their_answers() {
    run(|| async {
        let (hello, _steps) = hello_server();
        let address = Address::new();
        let _server = serve(&address, hello);
        let connection = Connection::connect(&address).await.unwrap();
        // tarpc numbers the requests of each client from zero.
        let mut clients = Vec::new();
        let mut dispatches = Vec::new();
        for _ in 0..2 {
            let lane = connection.lane::<WorldService>().unwrap();
            let new = WorldClient::new(client::Config::default(), lane);
            clients.push(new.client);
            dispatches.push(Task::spawn(new.dispatch));
        }
        for i in 0..100 {
            let (a, b) = tokio::join!(
                clients[0].hello(context::current(), format!("a{i}")),
                clients[1].hello(context::current(), format!("b{i}")),
            );
            assert_eq!(a.unwrap(), format!("Hello, a{i}!"));
            assert_eq!(b.unwrap(), format!("Hello, b{i}!"));
        }
        // One of them goes, and the other stays.
        drop((clients.remove(0), dispatches.remove(0)));
        is_alive(&clients[0]).await;
    });
}

#[test]
fn an_idle_lane_takes_no_slot_from_others() {
    run(|| async {
        let (hello, _steps) = hello_server();
        let address = Address::new();
        let mut config = Config::default();
        config.max_in_flight = 1;
        let server = Server::builder(&address)
            .service(hello.serve())
            .config(config);
        let _server = Task::spawn(server.bind().unwrap().run());
        let connection = Connection::connect(&address).await.unwrap();
        let mut lanes = Vec::new();
        for _ in 0..3 {
            let lane = connection.lane::<WorldService>().unwrap();
            let new = WorldClient::new(client::Config::default(), lane);
            lanes.push((new.client, Task::spawn(new.dispatch)));
        }
        // Each call leaves its lane idle, and ready for the next one.
        for _ in 0..3 {
            for (client, _) in &lanes {
                is_alive(client).await;
            }
        }
    });
}

#[test]
fn calls_beyond_the_slots_of_the_peer_wait_and_can_be_dropped_meanwhile() {
    run(|| async {
        let (hello, mut steps) = hello_server();
        let address = Address::new();
        let mut config = Config::default();
        config.max_in_flight = 2;
        let server = Server::builder(&address)
            .service(hello.serve())
            .config(config);
        let _server = Task::spawn(server.bind().unwrap().run());
        let connection = Connection::connect(&address).await.unwrap();
        let lane = connection.lane::<WorldService>().unwrap();
        let NewClient { client, dispatch } = WorldClient::new(client::Config::default(), lane);
        let _dispatch = Task::spawn(dispatch);
        let calls = (0..100).map(|i| client.divide(context::current(), i, 1));
        for (i, result) in (0..).zip(join_all(calls).await) {
            assert_eq!(result.unwrap(), Ok(i));
        }

        let mut hanging = Vec::new();
        for _ in 0..2 {
            let client = client.clone();
            hanging.push(Task::spawn(
                async move { client.hang(context_for(YEAR)).await },
            ));
            assert_eq!(steps.recv().await, Some(Step::Started));
        }
        // Both slots are taken: this one waits, and its deadline does not.
        let waiting = client.hang(context_for(Duration::from_millis(100))).await;
        assert!(
            matches!(waiting, Err(RpcError::DeadlineExceeded)),
            "{waiting:?}"
        );
        // A call that is in flight can be cancelled while others wait.
        hanging.pop().unwrap().stop().await;
        assert_eq!(steps.recv().await, Some(Step::Dropped));
        is_alive(&client).await;
    });
}

#[test]
fn a_connection_that_has_ended_has_no_lanes() {
    run(|| async {
        let (hello, _steps) = hello_server();
        let address = Address::new();
        let _server = serve(&address, hello);
        let connection = Connection::connect(&address).await.unwrap();
        connection.close("done").await;
        let error = connection.lane::<WorldService>().unwrap_err();
        assert!(error.is_closed(), "{error:?}");
    });
}

#[test]
fn tarpcs_load_balancer_spreads_calls_over_connections() {
    run(|| async {
        let mut stubs = Vec::new();
        let mut kept = Vec::new();
        let mut steps = Vec::new();
        for _ in 0..2 {
            let (hello, reported) = hello_server();
            let address = Address::new();
            let server = serve(&address, hello);
            let connection = Connection::connect(&address).await.unwrap();
            let lane = connection.lane::<WorldService>().unwrap();
            let new = client::new(client::Config::default(), lane);
            stubs.push(new.client);
            kept.push((server, Task::spawn(new.dispatch)));
            steps.push(reported);
        }
        let client = WorldClient::from(RoundRobin::new(stubs));
        let both = async {
            tokio::join!(
                client.hang(context_for(YEAR)),
                client.hang(context_for(YEAR))
            )
        };
        let begun = async {
            for reported in &mut steps {
                assert_eq!(reported.recv().await, Some(Step::Started));
            }
        };
        tokio::select! {
            ended = both => panic!("handlers that hang ended: {ended:?}"),
            () = begun => {}
        }
    });
}
