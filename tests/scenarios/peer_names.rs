//! Names that clients claim among the clients of their server.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::{
    AuthHello, ConnectError, Connection, Context, RefusalReason, RejectReason, Rejection,
    ServerEvent, context, ipc_service,
};
use support::{Stage, Task, Transport, promptly, scenarios};

use crate::auth::rejected;

scenarios! {
    a_client_is_found_by_its_name_and_called_back,
    a_handler_knows_its_caller_by_name,
    a_name_is_told_when_its_client_is_connected,
    a_taken_name_is_refused_and_its_holder_unharmed,
    a_name_is_free_again_when_its_holder_is_told_to_have_gone,
    of_many_clients_that_claim_one_name_at_once_exactly_one_has_it,
    whoever_hears_that_a_holder_has_gone_gets_its_name_at_once,
    an_authenticator_says_who_may_have_which_name,
    a_stranger_does_not_learn_which_names_are_taken,
    a_name_that_is_none_is_not_sent,
    names_differ_if_their_bytes_do,
    a_name_is_held_while_its_server_drains_and_gone_with_it,
}

const MINUTE: Duration = Duration::from_secs(60);

/// Says how it sees whoever calls it; served by both sides.
#[ipc_service]
pub trait Desk {
    /// The caller's name, as its peer and its connection tell it.
    async fn caller(&self, ctx: Context) -> (Option<String>, Option<String>);
    /// What is written on the desk.
    async fn label(&self, ctx: Context) -> String;
}

struct Labelled(&'static str);

impl Desk for Labelled {
    async fn caller(&self, ctx: Context) -> (Option<String>, Option<String>) {
        let peer = ctx.peer();
        let connection = peer.connection();
        (
            peer.name().map(|name| name.to_string()),
            connection.and_then(|connection| connection.peer_name().map(str::to_owned)),
        )
    }

    async fn label(&self, _: Context) -> String {
        self.0.to_owned()
    }
}

fn assert_taken(error: &ConnectError, name: &str) {
    let ConnectError::Refused { reason, message } = error else {
        panic!("{error:?} where a name was to be taken");
    };
    assert_eq!(*reason, RefusalReason::NameTaken);
    assert!(message.contains(&format!("`{name}`")), "{message}");
    assert!(error.is_retryable());
    assert!(!error.is_timeout());
}

/// The id of who has a name.
fn holder(stage: &Stage, name: &str) -> Option<u64> {
    let peer = stage.handle.peer_named(name)?;
    assert_eq!(peer.name().as_deref(), Some(name));
    peer.connection_id().map(|id| id.get())
}

fn id(connection: &Connection) -> Option<u64> {
    Some(connection.id().get())
}

async fn a_client_is_found_by_its_name_and_called_back(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let mut clients = Vec::new();
    for name in ["left", "right"] {
        let connect = stage.connect().peer_name(name);
        clients.push(connect.serve(Labelled(name).serve()).await.unwrap());
        stage.connected().await;
    }
    let _unnamed = stage.client().await;
    stage.connected().await;
    for (name, client) in ["left", "right"].into_iter().zip(&clients) {
        assert_eq!(holder(&stage, name), id(&client.connection()));
        let desk: DeskClient = stage.handle.peer_named(name).unwrap().client();
        assert_eq!(desk.label(context::current()).await.unwrap(), name);
    }
    for nobody in ["", "middle", "Left", "lef", "left "] {
        assert!(stage.handle.peer_named(nobody).is_none(), "{nobody:?}");
    }
    stage.end().await;
}

async fn a_handler_knows_its_caller_by_name(transport: Transport) {
    let mut stage = Stage::with(transport, |server| {
        server.service(Labelled("server").serve())
    })
    .await;
    let named = stage.connect().peer_name("worker");
    let named = named.serve(Labelled("client").serve()).await.unwrap();
    stage.connected().await;
    let unnamed = stage.client().await;
    let desk: DeskClient = named.connection().client();
    let name = Some("worker".to_owned());
    let seen = desk.caller(context::current()).await.unwrap();
    assert_eq!(seen, (name.clone(), name));
    let desk: DeskClient = unnamed.connection().client();
    let seen = desk.caller(context::current()).await.unwrap();
    assert_eq!(seen, (None, None));
    // The other way round the server is the caller, and has no name. Nor has this process.
    let desk: DeskClient = stage.handle.peer_named("worker").unwrap().client();
    let seen = desk.caller(context::current()).await.unwrap();
    assert_eq!(seen, (None, None));
    assert_eq!(named.connection().peer_name(), None);
    assert_eq!(context::current().peer().name(), None);
    stage.end().await;
}

async fn a_name_is_told_when_its_client_is_connected(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    for claimed in [Some("worker"), None, Some("größer 🦀")] {
        let connect = match claimed {
            Some(claimed) => stage.connect().peer_name(claimed),
            None => stage.connect(),
        };
        let client = connect.await.unwrap();
        match stage.events.next().await {
            Some(ServerEvent::Connected { id, name, .. }) => {
                assert_eq!(id, client.connection().id());
                assert_eq!(name.as_deref(), claimed);
                let connection = stage.handle.connection(id).unwrap();
                assert_eq!(connection.peer_name(), claimed);
            }
            other => panic!("{other:?} where a connection was to begin"),
        }
        client.connection().close("").await;
        stage.disconnected().await;
    }
    stage.end().await;
}

async fn a_taken_name_is_refused_and_its_holder_unharmed(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let first = stage.connect().peer_name("worker").await.unwrap();
    stage.connected().await;
    let mut call = stage
        .lab
        .hanging(&first, context::without_deadline(), 1)
        .await;
    for _ in 0..3 {
        let error = stage.connect().peer_name("worker").await.unwrap_err();
        assert_taken(&error, "worker");
        let told = rejected(&mut stage).await;
        assert!(
            matches!(
                &told,
                RejectReason::Refused { reason: RefusalReason::NameTaken, message }
                    if message.contains("`worker`")
            ),
            "{told:?}"
        );
        assert_eq!(holder(&stage, "worker"), id(&first.connection()));
    }
    assert!(poll!(&mut call).is_pending());
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    // Those who were refused have taken nothing else: others are admitted, under other names and none.
    let other = stage.connect().peer_name("other").await.unwrap();
    let unnamed = stage.client().await;
    assert_eq!(other.add(context::current(), 2, 3).await.unwrap(), 5);
    assert_eq!(unnamed.add(context::current(), 2, 3).await.unwrap(), 5);
    assert_eq!(stage.handle.connections().len(), 3);
    stage.end().await;
}

async fn a_name_is_free_again_when_its_holder_is_told_to_have_gone(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    for end in 0..3 {
        let client = stage.connect().peer_name("worker").await.unwrap();
        let id = stage.connected().await;
        assert_eq!(holder(&stage, "worker"), Some(id.get()));
        match end {
            0 => assert!(client.connection().close("done").await),
            1 => client.connection().abort(),
            _ => stage.handle.connection(id).unwrap().abort(),
        }
        assert_eq!(stage.disconnected().await.0, id);
        assert_eq!(holder(&stage, "worker"), None);
    }
    let client = stage.connect().peer_name("worker").await.unwrap();
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn of_many_clients_that_claim_one_name_at_once_exactly_one_has_it(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let claims: Vec<_> = (0..50)
        .map(|_| {
            let claim = stage.connect().peer_name("worker");
            Task::spawn(async move { claim.await })
        })
        .collect();
    let results = join_all(claims.into_iter().map(Task::join)).await;
    let (admitted, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let [Ok(admitted)] = &admitted[..] else {
        panic!("{} have the name", admitted.len());
    };
    for error in refused {
        assert_taken(&error.unwrap_err(), "worker");
    }
    assert_eq!(holder(&stage, "worker"), id(&admitted.connection()));
    assert_eq!(admitted.add(context::current(), 2, 3).await.unwrap(), 5);
    let (mut connected, mut rejected) = (0, 0);
    for _ in 0..50 {
        match stage.events.next().await {
            Some(ServerEvent::Connected { .. }) => connected += 1,
            Some(ServerEvent::Rejected { .. }) => rejected += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((connected, rejected), (1, 49));
    stage.end().await;
}

async fn whoever_hears_that_a_holder_has_gone_gets_its_name_at_once(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    for _ in 0..30 {
        let mut events = stage.handle.events();
        let claim = stage.connect().peer_name("worker");
        let heir = Task::spawn(async move {
            loop {
                match promptly(events.next()).await {
                    Some(ServerEvent::Connected { .. }) => {}
                    Some(ServerEvent::Disconnected { .. }) => return claim.await,
                    other => panic!("{other:?} where a connection was to begin and end"),
                }
            }
        });
        let holder = stage.connect().peer_name("worker").await.unwrap();
        stage.connected().await;
        holder.connection().abort();
        stage.disconnected().await;
        let heir = heir.join().await.unwrap();
        stage.connected().await;
        heir.connection().abort();
        stage.disconnected().await;
    }
    stage.end().await;
}

/// Lets everybody in who knows the word; one name is for those who know another.
async fn guard(hello: AuthHello<String>) -> Result<Option<String>, Rejection> {
    let name = hello.name.as_deref();
    match (hello.payload.as_str(), name) {
        ("root", _) => Ok(name.map(str::to_owned)),
        ("guest", Some("admin")) => Err(Rejection::new(7, "not your name")),
        ("guest", _) => Ok(name.map(str::to_owned)),
        _ => Err(Rejection::new(1, "who are you?")),
    }
}

async fn an_authenticator_says_who_may_have_which_name(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.authenticate(guard)).await;
    let expected = Rejection::new(7, "not your name");
    let claim = |word: &str, name: &str| stage.connect().auth(word).peer_name(name);
    let (guest, other, admin) = (
        claim("guest", "admin"),
        claim("guest", "guest"),
        claim("root", "admin"),
    );
    let late = claim("guest", "admin");
    let error = guest.await.unwrap_err();
    assert_eq!(error.rejection(), Some(&expected));
    assert!(!error.is_retryable());
    let told = rejected(&mut stage).await;
    assert_eq!(told, RejectReason::Rejected(expected.clone()));
    assert_eq!(holder(&stage, "admin"), None);
    let other = other.await.unwrap();
    let admin = admin.await.unwrap();
    stage.connected().await;
    stage.connected().await;
    assert_eq!(holder(&stage, "guest"), id(&other.connection()));
    assert_eq!(holder(&stage, "admin"), id(&admin.connection()));
    // It is asked first, whether the name is taken or not.
    let error = late.await.unwrap_err();
    assert_eq!(error.rejection(), Some(&expected));
    stage.end().await;
}

async fn a_stranger_does_not_learn_which_names_are_taken(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.authenticate(guard)).await;
    let held = stage.connect().auth("guest").peer_name("taken");
    let _held = held.await.unwrap();
    stage.connected().await;
    let mut answers = Vec::new();
    for name in ["taken", "free"] {
        for connect in [
            stage.connect().auth("what?").peer_name(name),
            stage.connect().auth(&7_u8).peer_name(name),
            stage.connect().peer_name(name),
        ] {
            let error = connect.await.unwrap_err();
            answers.push(format!("{error:?}"));
            rejected(&mut stage).await;
        }
    }
    let (taken, free) = answers.split_at(3);
    assert_eq!(taken, free);
    stage.end().await;
}

async fn a_name_that_is_none_is_not_sent(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let (long, longest) = ("x".repeat(256), "x".repeat(255));
    for bad in ["", "a\n", "\0", "\x1b[2J", "c\u{85}", "\u{7f}", &long] {
        let error = stage.connect().peer_name(bad).await.unwrap_err();
        assert!(
            matches!(&error, ConnectError::PeerName { name } if name == bad),
            "{error:?}"
        );
        assert!(!error.is_retryable());
        assert!(!error.to_string().contains(char::is_control), "{error}");
    }
    // The server saw nobody until now: the next event is that of a client that has a name.
    let client = stage.connect().peer_name(longest.as_str()).await.unwrap();
    assert_eq!(stage.connected().await, client.connection().id());
    assert_eq!(holder(&stage, &longest), id(&client.connection()));
    stage.end().await;
}

async fn names_differ_if_their_bytes_do(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    // The last two look the same: one letter, and a letter with an accent behind it.
    let names = ["worker", "Worker", "worker ", "w", "\u{f6}", "o\u{308}"];
    let mut clients = Vec::new();
    for name in names {
        clients.push(stage.connect().peer_name(name).await.unwrap());
        stage.connected().await;
    }
    for (name, client) in names.into_iter().zip(&clients) {
        assert_eq!(holder(&stage, name), id(&client.connection()));
    }
    stage.end().await;
}

async fn a_name_is_held_while_its_server_drains_and_gone_with_it(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.connect().peer_name("worker").await.unwrap();
    stage.connected().await;
    let idle = stage.connect().peer_name("idle").await.unwrap();
    let idle_id = stage.connected().await;
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let stopping = stage.stopping(MINUTE);
    promptly(idle.connection().closed()).await;
    assert_eq!(stage.disconnected().await.0, idle_id);
    assert_eq!(holder(&stage, "idle"), None);
    assert_eq!(holder(&stage, "worker"), id(&client.connection()));
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    assert_eq!(promptly(stopping.join()).await.cut, 0);
    assert_eq!(holder(&stage, "worker"), None);
    let (handle, place) = (stage.handle.clone(), stage.place.clone());
    stage.end().await;
    assert!(handle.peer_named("worker").is_none());
    // The next server knows nothing of the names of the last one.
    let mut stage = Stage::at(place, |server| server).await;
    let client = stage.connect().peer_name("worker").await.unwrap();
    stage.connected().await;
    assert_eq!(holder(&stage, "worker"), id(&client.connection()));
    assert!(handle.peer_named("worker").is_none());
    stage.end().await;
}
