//! What becomes of calls while there is no connection.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{CallError, CallOutcome, ConnectionError, Context, WhileDown, channel, context};
use support::{Stage, Task, Transport, promptly, scenarios};

use super::{Counter, CountingClient, begin, connect, is_disconnected, lose, once, soon, until};

scenarios! {
    a_call_waits_for_the_next_connection_until_its_own_deadline,
    a_call_fails_at_once_where_the_client_says_so,
    a_call_that_may_have_run_is_not_sent_again,
    an_idempotent_call_that_may_have_run_is_sent_again,
    an_idempotent_call_that_is_never_answered_says_that_it_may_have_run,
    a_call_that_brings_a_stream_waits_with_it,
    a_dropped_call_that_waited_is_not_sent,
    calls_in_any_number_go_on_over_the_next_connection,
}

async fn a_call_waits_for_the_next_connection_until_its_own_deadline(transport: Transport) {
    let (_counter, stage, client) = begin(transport).await;
    lose(stage, &client).await;
    let time = Duration::from_millis(50);
    let call = client.once(context::with_timeout(time), false);
    let error = promptly(call).await.unwrap_err();
    assert!(
        matches!(error, CallError::DeadlineExceeded { after: Some(after), sent: false } if after == time),
        "{error:?}"
    );
    assert_eq!(error.outcome(), CallOutcome::NotSent);
}

async fn a_call_fails_at_once_where_the_client_says_so(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let mut policy = soon();
    policy.while_down = WhileDown::Fail;
    let connect = connect(&stage.place).reconnect(policy);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let place = lose(stage, &client).await;
    let call = client.once(context::without_deadline(), false);
    let error = promptly(call).await.unwrap_err();
    assert!(
        matches!(
            error,
            CallError::Connection {
                source: ConnectionError::PeerVanished,
                sent: false
            }
        ),
        "{error:?}"
    );
    let stage = counter.serve_at(&place).await;
    until(&mut events, is_disconnected).await;
    until(&mut events, |event| {
        matches!(event, ipc_rpc::ClientEvent::Connected { .. })
    })
    .await;
    assert_eq!(once(&client).await, 1);
    drop(client);
    stage.end().await;
}

async fn a_call_that_may_have_run_is_not_sent_again(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let calling = client.clone();
    let call = Task::spawn(async move { calling.once(context::without_deadline(), true).await });
    counter.has_run(1).await;
    let place = lose(stage, &client).await;
    let stage = counter.serve_at(&place).await;
    let error = promptly(call.join()).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::Unknown, "{error:?}");
    assert!(error.is_closed());
    // What is called next is run next: nothing was sent in between.
    assert_eq!(once(&client).await, 2);
    drop(client);
    stage.end().await;
}

async fn again_over_two_servers(
    transport: Transport,
    ctx: Context,
) -> (Counter, Stage, CountingClient, Task<Result<u64, CallError>>) {
    let (counter, stage, client) = begin(transport).await;
    let calling = client.clone();
    let call = Task::spawn(async move { calling.again(ctx, true).await });
    counter.has_run(1).await;
    let place = lose(stage, &client).await;
    let stage = counter.serve_at(&place).await;
    (counter, stage, client, call)
}

async fn an_idempotent_call_that_may_have_run_is_sent_again(transport: Transport) {
    let (counter, stage, client, call) =
        again_over_two_servers(transport, context::without_deadline()).await;
    counter.has_run(2).await;
    call.stop().await;
    drop(client);
    stage.end().await;
}

async fn an_idempotent_call_that_is_never_answered_says_that_it_may_have_run(transport: Transport) {
    let (counter, stage, client, call) =
        again_over_two_servers(transport, context::without_deadline()).await;
    counter.has_run(2).await;
    // The third time there is nobody, and then nobody wants the call any more.
    lose(stage, &client).await;
    client.connection().close("enough").await;
    let error = promptly(call.join()).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::Unknown, "{error:?}");
}

async fn a_call_that_brings_a_stream_waits_with_it(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let place = lose(stage, &client).await;
    let (sender, receiver) = channel(4);
    let calling = client.clone();
    let call = Task::spawn(async move { calling.sum(context::without_deadline(), receiver).await });
    for number in 1..=3 {
        sender.send(number).await.unwrap();
    }
    let stage = counter.serve_at(&place).await;
    drop(sender);
    assert_eq!(promptly(call.join()).await.unwrap(), 6);
    drop(client);
    stage.end().await;
}

async fn a_dropped_call_that_waited_is_not_sent(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let place = lose(stage, &client).await;
    {
        let mut call = Box::pin(client.once(context::without_deadline(), false));
        assert!(poll!(&mut call).is_pending());
    }
    let stage = counter.serve_at(&place).await;
    assert_eq!(once(&client).await, 1);
    drop(client);
    stage.end().await;
}

async fn calls_in_any_number_go_on_over_the_next_connection(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let place = lose(stage, &client).await;
    // More than there are slots.
    let calls: Vec<_> = (0..3000)
        .map(|_| {
            let client = client.clone();
            Task::spawn(async move { client.once(context::without_deadline(), false).await })
        })
        .collect();
    let stage = counter.serve_at(&place).await;
    for call in calls {
        promptly(call.join()).await.unwrap();
    }
    assert_eq!(counter.runs(), 3000);
    drop(client);
    stage.end().await;
}
