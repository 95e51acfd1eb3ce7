//! Peers that know a service differently, or do not know it at all.

use ipc_rpc::{CallError, CallOutcome, ConnectError, Context, RefusalReason, context};
use support::{Place, Task, Transport, promptly, scenarios};

scenarios! {
    a_method_with_another_signature_refuses_the_client_and_names_what_differs,
    a_partial_client_calls_what_is_the_same_and_is_told_what_is_not,
    a_method_that_only_one_side_has_refuses_nobody,
    the_order_of_methods_is_of_no_account,
    a_method_renamed_in_rust_keeps_its_name_on_the_wire,
    a_missing_service_refuses_the_client_unless_it_is_partial,
    several_services_share_a_server,
}

/// The service as one side was built with it.
mod old {
    use ipc_rpc::{Context, ipc_service};

    /// Counts things.
    #[ipc_service(version = 3)]
    pub(crate) trait Counter {
        /// Adds.
        async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;
        /// Counts down.
        async fn count(&self, ctx: Context, from: u32) -> u32;
        /// Only known here.
        async fn old_only(&self, ctx: Context) -> u32;
    }
}

/// The same as the other side was built with it.
mod new {
    use ipc_rpc::{Context, ipc_service};

    /// Counts things.
    #[ipc_service(version = 4)]
    pub(crate) trait Counter {
        /// Only known here.
        async fn new_only(&self, ctx: Context) -> u32;
        /// Counts down, from further up than it once could.
        async fn count(&self, ctx: Context, from: u64) -> u64;
        /// Adds.
        async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;
    }
}

/// The old one, grown without a change to what was there.
mod grown {
    use ipc_rpc::{Context, ipc_service};

    /// Counts things.
    #[ipc_service(version = 5)]
    pub(crate) trait Counter {
        /// Not known to anybody else.
        #[ipc(since = 5)]
        async fn later(&self, ctx: Context) -> u32;
        /// Counts down.
        #[ipc(name = "count")]
        async fn count_down(&self, ctx: Context, from: u32) -> u32;
        /// Adds.
        async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;
    }
}

struct OldCounter;

impl old::Counter for OldCounter {
    async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
        a + b
    }

    async fn count(&self, _: Context, from: u32) -> u32 {
        from.saturating_sub(1)
    }

    async fn old_only(&self, _: Context) -> u32 {
        3
    }
}

/// A server of the old counter and, with `lab`, of the lab.
async fn serve(transport: Transport, lab: bool) -> (Place, impl AsyncFnOnce()) {
    let place = transport.place();
    let mut server = place.server().service(old::Counter::serve(OldCounter));
    if lab {
        server = server.service(support::Lab::serve(support::rig().0));
    }
    let server = server.bind().unwrap();
    let handle = server.handle();
    let running = Task::spawn(server.run());
    let end = async move || {
        promptly(handle.shutdown(std::time::Duration::ZERO)).await;
        running.join().await.unwrap();
    };
    (place, end)
}

async fn a_method_with_another_signature_refuses_the_client_and_names_what_differs(
    transport: Transport,
) {
    let (place, end) = serve(transport, false).await;
    let error = place.connect::<new::CounterClient>().await.unwrap_err();
    let ConnectError::Refused { reason, message } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*reason, RefusalReason::ServiceMismatch);
    assert!(!error.is_retryable());
    for expected in ["`Counter`", "`count`", "version 4", "version 3"] {
        assert!(message.contains(expected), "{expected} in: {message}");
    }
    for same in ["`add`", "new_only", "old_only"] {
        assert!(!message.contains(same), "{same} in: {message}");
    }
    assert!(error.to_string().contains(message.as_str()));
    end().await;
}

async fn a_partial_client_calls_what_is_the_same_and_is_told_what_is_not(transport: Transport) {
    let (place, end) = serve(transport, false).await;
    let connect = place.connect::<new::CounterClient>().allow_partial();
    let client = connect.await.unwrap();
    assert!(client.supports("add"));
    assert!(!client.supports("count") && !client.supports("new_only"));
    assert!(!client.supports("old_only") && !client.supports("nonsense"));
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    for error in [
        client.count(context::current(), 9).await.unwrap_err(),
        client
            .new_only(context::current())
            .await
            .map(u64::from)
            .unwrap_err(),
    ] {
        assert!(
            matches!(
                error,
                CallError::Unimplemented {
                    service: "Counter",
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(error.outcome(), CallOutcome::NotSent);
    }
    end().await;
}

async fn a_method_that_only_one_side_has_refuses_nobody(transport: Transport) {
    let (place, end) = serve(transport, false).await;
    let client = place.connect::<grown::CounterClient>().await.unwrap();
    assert!(!client.supports("later"));
    let error = client.later(context::current()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the peer does not implement `later` of service `Counter`"
    );
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    end().await;
}

async fn the_order_of_methods_is_of_no_account(transport: Transport) {
    let (place, end) = serve(transport, false).await;
    let client = place.connect::<grown::CounterClient>().await.unwrap();
    let old = place.connect::<old::CounterClient>().await.unwrap();
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    assert_eq!(old.add(context::current(), 2, 3).await.unwrap(), 5);
    assert_eq!(old.old_only(context::current()).await.unwrap(), 3);
    end().await;
}

async fn a_method_renamed_in_rust_keeps_its_name_on_the_wire(transport: Transport) {
    let (place, end) = serve(transport, false).await;
    let client = place.connect::<grown::CounterClient>().await.unwrap();
    assert!(client.supports("count") && !client.supports("count_down"));
    assert_eq!(client.count_down(context::current(), 9).await.unwrap(), 8);
    end().await;
}

async fn a_missing_service_refuses_the_client_unless_it_is_partial(transport: Transport) {
    let (place, end) = serve(transport, false).await;
    let error = place.connect::<support::LabClient>().await.unwrap_err();
    assert!(
        matches!(
            &error,
            ConnectError::Refused { reason: RefusalReason::UnknownService, message }
                if message.contains("`Lab`") && message.contains("`Counter`")
        ),
        "{error:?}"
    );
    let client = place
        .connect::<support::LabClient>()
        .allow_partial()
        .await
        .unwrap();
    assert!(!client.supports("add"));
    let error = client.add(context::current(), 2, 3).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::NotSent);
    assert!(
        matches!(error, CallError::Unimplemented { .. }),
        "{error:?}"
    );
    client.connection().ping().await.unwrap();
    let services = client.connection().peer_services();
    assert_eq!(services, ["Counter"]);
    end().await;
}

async fn several_services_share_a_server(transport: Transport) {
    let (place, end) = serve(transport, true).await;
    let counter = place.connect::<old::CounterClient>().await.unwrap();
    let lab = place.connect::<support::LabClient>().await.unwrap();
    assert_eq!(counter.count(context::current(), 9).await.unwrap(), 8);
    assert_eq!(
        lab.echo(context::current(), "x".to_owned()).await.unwrap(),
        "x"
    );
    end().await;
}
