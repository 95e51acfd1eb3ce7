//! A service in tarpc's form behaves alike over tarpc's transports and over connections of ours.

use std::time::Duration;

use futures_util::future::join_all;
use support::Task;
use tarpc::client::RpcError;
use tarpc::context;

use crate::stage::{Stage, over_every_way};
use crate::world::{Step, context_for};

over_every_way! {
    a_call_returns_what_the_method_returns,
    an_error_of_the_service_travels_in_band,
    two_hundred_calls_run_at_once,
    a_call_has_ten_seconds_unless_its_context_says_otherwise,
    a_call_past_its_deadline_fails_and_its_handler_is_dropped,
    a_call_that_is_dropped_cancels_its_handler,
    calls_in_flight_fail_when_the_server_goes_away,
    a_call_begun_while_the_server_goes_away_ends,
}

async fn a_call_returns_what_the_method_returns(stage: Stage) {
    let hello = stage.client.hello(context::current(), "Stim".to_owned());
    assert_eq!(hello.await.unwrap(), "Hello, Stim!");
}

async fn an_error_of_the_service_travels_in_band(stage: Stage) {
    let client = &stage.client;
    let quotient = client.divide(context::current(), 6, 3).await.unwrap();
    assert_eq!(quotient, Ok(2));
    let quotient = client.divide(context::current(), 6, 0).await.unwrap();
    assert_eq!(quotient, Err("cannot divide 6 by 0".to_owned()));
}

async fn two_hundred_calls_run_at_once(mut stage: Stage) {
    let client = stage.client.clone();
    // All of them are in flight at one moment, for each handler has begun and none ends.
    let hanging = join_all((0..200).map(|_| client.hang(context_for(Duration::from_secs(60)))));
    let begun = async {
        for _ in 0..200 {
            assert_eq!(stage.step().await, Step::Started);
        }
        let calls = (0..200).map(|i| client.divide(context::current(), i, 1));
        join_all(calls).await
    };
    tokio::select! {
        ended = hanging => panic!("handlers that hang ended: {ended:?}"),
        results = begun => {
            for (i, result) in (0..).zip(results) {
                assert_eq!(result.unwrap(), Ok(i));
            }
        }
    }
}

async fn a_call_has_ten_seconds_unless_its_context_says_otherwise(stage: Stage) {
    let left = stage.client.time_left(context::current()).await.unwrap();
    assert!(left <= Duration::from_secs(10), "{left:?}");
    assert!(left > Duration::from_secs(5), "{left:?}");

    let hour = context_for(Duration::from_secs(3600));
    let left = stage.client.time_left(hour).await.unwrap();
    assert!(left <= Duration::from_secs(3600), "{left:?}");
    assert!(left > Duration::from_secs(3500), "{left:?}");
}

async fn a_call_past_its_deadline_fails_and_its_handler_is_dropped(mut stage: Stage) {
    let context = context_for(Duration::from_millis(300));
    let error = stage.client.hang(context).await.unwrap_err();
    assert!(matches!(error, RpcError::DeadlineExceeded), "{error:?}");
    assert_eq!(stage.step().await, Step::Started);
    assert_eq!(stage.step().await, Step::Dropped);
}

async fn a_call_that_is_dropped_cancels_its_handler(mut stage: Stage) {
    let client = stage.client.clone();
    {
        let call = client.hang(context_for(Duration::from_secs(3600)));
        tokio::select! {
            ended = call => panic!("a handler that hangs ended: {ended:?}"),
            step = stage.step() => assert_eq!(step, Step::Started),
        }
    }
    assert_eq!(stage.step().await, Step::Dropped);
    // The rest goes on.
    let hello = client.hello(context::current(), "you".to_owned());
    assert_eq!(hello.await.unwrap(), "Hello, you!");
}

async fn calls_in_flight_fail_when_the_server_goes_away(mut stage: Stage) {
    let client = stage.client.clone();
    let calls = Task::spawn(async move {
        join_all((0..3).map(|_| client.hang(context_for(Duration::from_secs(3600))))).await
    });
    for _ in 0..3 {
        assert_eq!(stage.step().await, Step::Started);
    }
    let (client, mut steps, _dispatch) = stage.stop_server().await;
    for result in calls.join().await {
        let error = result.unwrap_err();
        assert!(
            matches!(error, RpcError::Shutdown | RpcError::Channel(_)),
            "{error:?}"
        );
    }
    for _ in 0..3 {
        assert_eq!(steps.recv().await, Some(Step::Dropped));
    }
    let late = client.hello(context::current(), "you".to_owned()).await;
    assert!(late.is_err(), "{late:?}");
}

async fn a_call_begun_while_the_server_goes_away_ends(stage: Stage) {
    let client = stage.client.clone();
    // Each call is begun when the one before it has ended, so some fall before, into and behind the end.
    let calls = Task::spawn(async move {
        loop {
            let hello = client.hello(context_for(Duration::from_secs(3600)), String::new());
            // tarpc hands requests to its dispatch through a channel, and one that is sent at the very moment at
            // which the dispatch drops its end stays there: seen over tarpc's own transport, too.
            match tokio::time::timeout(Duration::from_secs(2), hello).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return (client, error),
                Err(_) => return (client, RpcError::Shutdown),
            }
        }
    });
    let (_, _, _dispatch) = stage.stop_server().await;
    let (client, error) = calls.join().await;
    assert!(
        matches!(
            error,
            RpcError::Shutdown | RpcError::Channel(_) | RpcError::Send(_)
        ),
        "{error:?}"
    );
    for _ in 0..100 {
        let hello = client.hello(context_for(Duration::from_secs(3600)), String::new());
        assert!(hello.await.is_err());
    }
}
