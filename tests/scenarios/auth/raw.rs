//! The order of things, seen byte by byte.

use ipc_rpc::{
    AuthHello, ConnectError, ConnectionError, PeerPolicy, RefusalReason, RejectReason, Rejection,
    ServerEvent,
};
use support::{LabClient, Report};
use tokio::io::AsyncReadExt;
use tokio::sync::{mpsc, watch};

use super::{Doorman, rejected};
use crate::hostile_peer::raw::{Frame, Offer, SocketFile, Verdict};
use crate::hostile_peer::{Target, raw_scenarios};

const REJECTED: u16 = 1;
const PEER_NOT_ALLOWED: u16 = 2;
const BAD_AUTH_PAYLOAD: u16 = 11;

raw_scenarios! {
    a_client_that_is_not_admitted_is_told_before_it_says_a_word,
    a_server_that_is_not_trusted_sees_no_byte,
    the_kernels_word_comes_first_then_the_protocol_then_the_check,
    no_call_is_served_while_the_check_is_under_way,
    a_rejection_arrives_although_much_was_sent_behind_the_hello,
    a_client_that_goes_during_its_check_is_served_nothing,
    a_client_that_goes_during_its_check_and_is_rejected_never_was_connected,
    a_payload_that_does_not_decode_is_refused_without_showing_it,
}

/// A payload of the doorman's type.
fn password(text: &str) -> Offer {
    let mut bytes = vec![text.len() as u8];
    bytes.extend(text.as_bytes());
    Offer {
        auth: Some((1, bytes)),
        ..Offer::default()
    }
}

/// A check that tells when it begins, and says what the test has it say.
#[derive(Clone)]
struct Slow {
    begun: mpsc::UnboundedSender<()>,
    verdict: watch::Sender<Option<bool>>,
}

impl Slow {
    fn new() -> (Self, mpsc::UnboundedReceiver<()>) {
        let (begun, begins) = mpsc::unbounded_channel();
        let verdict = watch::Sender::new(None);
        (Self { begun, verdict }, begins)
    }

    async fn check(self) -> Result<(), Rejection> {
        let _ = self.begun.send(());
        let mut verdict = self.verdict.subscribe();
        match verdict.wait_for(Option::is_some).await.map(|said| *said) {
            Ok(Some(true)) => Ok(()),
            _ => Err(Rejection::new(9, "on second thoughts")),
        }
    }
}

async fn a_client_that_is_not_admitted_is_told_before_it_says_a_word() {
    let policy = PeerPolicy::custom(|_| false);
    let mut target = Target::with(|server| server.admit(policy)).await;
    let mut peer = target.stranger().await;
    let verdict = peer.verdict().await;
    assert!(
        matches!(
            verdict,
            Verdict::Refusal {
                code: PEER_NOT_ALLOWED,
                ..
            }
        ),
        "{verdict:?}"
    );
    assert_eq!(peer.drain().await, 0);
    rejected(&mut target.stage).await;
    target.stage.end().await;
}

async fn a_server_that_is_not_trusted_sees_no_byte() {
    let socket = SocketFile::new();
    let listener = socket.listen();
    let connect = ipc_rpc::Connect::<LabClient>::new(socket.name())
        .auth("sesame")
        .trust(PeerPolicy::custom(|server| {
            server.pid() != Some(std::process::id())
        }));
    let error = connect.await.unwrap_err();
    assert!(
        matches!(error, ConnectError::UntrustedServer { .. }),
        "{error:?}"
    );
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut seen = Vec::new();
    stream.read_to_end(&mut seen).await.unwrap();
    assert!(seen.is_empty(), "{seen:?}");
}

async fn the_kernels_word_comes_first_then_the_protocol_then_the_check() {
    let (sender, mut steps) = mpsc::unbounded_channel();
    let policy = sender.clone();
    let policy = PeerPolicy::custom(move |_| policy.send("policy").is_ok());
    let check = move |_: AuthHello<String>| {
        let _ = sender.send("check");
        async { Ok(()) }
    };
    let mut target = Target::with(|server| server.admit(policy).authenticate(check)).await;
    let mut peer = target.stranger().await;
    assert_eq!(steps.recv().await, Some("policy"), "before a byte was sent");
    let no_common_codec = Offer {
        codecs: vec![99],
        ..password("sesame")
    };
    let verdict = peer.say_hello(&no_common_codec).await;
    assert!(matches!(verdict, Verdict::Refusal { code: 4, .. }));
    rejected(&mut target.stage).await;
    assert!(steps.try_recv().is_err(), "the check was not asked");
    let mut peer = target.stranger().await;
    assert_eq!(peer.say_hello(&password("sesame")).await, Verdict::Welcome);
    assert_eq!(steps.recv().await, Some("policy"));
    assert_eq!(steps.recv().await, Some("check"));
    target.stage.end().await;
}

async fn no_call_is_served_while_the_check_is_under_way() {
    let (slow, mut begins) = Slow::new();
    let verdict = slow.verdict.clone();
    let check = move |_: AuthHello<()>| slow.clone().check();
    let target = Target::with(|server| server.authenticate(check)).await;
    let mut peer = target.stranger().await;
    let hang = Frame::call(0, "hang", [1]);
    let add = Frame::call(1, "add", [4, 6]);
    peer.send([Offer::default().bytes(), hang.bytes()].concat())
        .await;
    begins.recv().await;
    peer.send_frame(&add).await;
    // A peer that is admitted beside it is served meanwhile; the other one is not.
    assert_eq!(target.stage.lab.all(), []);
    let readable = peer.0.try_read(&mut [0]);
    assert!(readable.is_err(), "{readable:?}");
    verdict.send_replace(Some(true));
    assert_eq!(peer.verdict().await, Verdict::Welcome);
    assert_eq!(peer.frame().await, Some(add.answer(0, [10])));
    target.stage.lab.wait(Report::Started(1)).await;
    drop(peer);
    target.end().await;
}

async fn a_rejection_arrives_although_much_was_sent_behind_the_hello() {
    let mut target = Target::patient(|server| server.authenticate(Doorman)).await;
    for _ in 0..20 {
        let mut peer = target.stranger().await;
        peer.send(password("sesam").bytes()).await;
        peer.send(Frame::call(0, "hang", [1]).bytes().repeat(20_000))
            .await;
        let expected = Verdict::Refusal {
            code: REJECTED,
            detail: 42,
            text: "no such password".to_owned(),
        };
        assert_eq!(peer.verdict().await, expected);
        peer.expect_end().await;
        drop(peer);
        let reason = rejected(&mut target.stage).await;
        assert!(matches!(reason, RejectReason::Rejected(_)), "{reason:?}");
    }
    assert_eq!(target.stage.lab.all(), []);
    target.stage.end().await;
}

async fn a_client_that_goes_during_its_check_is_served_nothing() {
    let (slow, mut begins) = Slow::new();
    let verdict = slow.verdict.clone();
    let check = move |_: AuthHello<()>| slow.clone().check();
    let mut target = Target::with(|server| server.authenticate(check)).await;
    let mut peer = target.stranger().await;
    peer.send(Offer::default().bytes()).await;
    begins.recv().await;
    drop(peer);
    verdict.send_replace(Some(true));
    // It was let in and is gone: told as such, or as one that never came in.
    match target.stage.events.next().await {
        Some(ServerEvent::Connected { .. }) => {
            let (_, reason) = target.stage.disconnected().await;
            assert!(
                matches!(reason, ConnectionError::PeerVanished),
                "{reason:?}"
            );
        }
        Some(ServerEvent::Rejected { reason, .. }) => {
            assert_eq!(reason, RejectReason::Vanished);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(target.stage.lab.all(), []);
    target.end().await;
}

async fn a_client_that_goes_during_its_check_and_is_rejected_never_was_connected() {
    let (slow, mut begins) = Slow::new();
    let verdict = slow.verdict.clone();
    let check = move |_: AuthHello<()>| slow.clone().check();
    let mut target = Target::with(|server| server.authenticate(check)).await;
    let mut peer = target.stranger().await;
    let call = Frame::call(0, "hang", [1]).bytes();
    peer.send([Offer::default().bytes(), call].concat()).await;
    begins.recv().await;
    drop(peer);
    verdict.send_replace(Some(false));
    let reason = rejected(&mut target.stage).await;
    assert!(
        matches!(reason, RejectReason::Rejected(_) | RejectReason::Vanished),
        "{reason:?}"
    );
    assert_eq!(target.stage.lab.all(), []);
    target.stage.end().await;
}

async fn a_payload_that_does_not_decode_is_refused_without_showing_it() {
    let mut target = Target::with(|server| server.authenticate(Doorman)).await;
    for auth in [
        None,
        Some((1, Vec::new())),
        Some((1, vec![200, 1, b's', b'e', b's'])),
        Some((1, b"\x06sesame!".to_vec())),
        Some((1, b"\x04\xff\xfe\xfd\xfc".to_vec())),
        Some((2, b"\xdb\xff\xff\xff\xffsesame".to_vec())),
        Some((2, vec![0x91; 50_000])),
        Some((0, b"\x06sesame".to_vec())),
        Some((99, b"\x06sesame".to_vec())),
        Some((1, vec![0xff; 60_000])),
    ] {
        let mut peer = target.stranger().await;
        let offer = Offer {
            auth,
            ..Offer::default()
        };
        let Verdict::Refusal { code, text, .. } = peer.say_hello(&offer).await else {
            panic!("admitted with {offer:?}");
        };
        assert_eq!(code, BAD_AUTH_PAYLOAD);
        assert!(text.contains("String") && !text.contains("ses"), "{text}");
        let reason = rejected(&mut target.stage).await;
        let RejectReason::Refused { reason, message } = reason else {
            panic!("{reason:?}");
        };
        assert_eq!(reason, RefusalReason::BadAuthPayload);
        assert_eq!(message, text);
    }
    target.stage.end().await;
}
