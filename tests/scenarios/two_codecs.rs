//! Every kind of call in every codec.

use bytes::Bytes;
use ipc_rpc::{CallError, Codec, ConnectError, RefusalReason, TraceContext, context};
use serde_json::json;
use support::{LabClient, LabError, Parts, Report, Stage, Transport, scenarios};

scenarios! {
    every_kind_of_call_works_in_every_codec,
    a_value_that_describes_itself_travels_in_message_pack,
    a_value_that_postcard_cannot_decode_is_refused_in_words,
    clients_of_both_codecs_share_a_server,
    a_server_of_one_codec_refuses_the_other,
}

const CODECS: [Codec; 2] = [Codec::Postcard, Codec::MessagePack];

async fn client_with(stage: &Stage, codec: Codec) -> LabClient {
    let client = stage.connect().codec(codec).await.unwrap();
    assert_eq!(client.connection().codec(), codec);
    client
}

async fn every_kind_of_call_works_in_every_codec(transport: Transport) {
    for codec in CODECS {
        let stage = Stage::new(transport).await;
        let client = client_with(&stage, codec).await;
        let ctx = context::current;
        assert_eq!(client.add(ctx(), i64::MAX, i64::MIN).await.unwrap(), -1);
        assert_eq!(client.echo(ctx(), String::new()).await.unwrap(), "");
        let parts = client.parts(ctx(), Parts::default()).await;
        assert_eq!(parts.unwrap(), Parts::default());
        assert_eq!(client.divide(ctx(), 9, 3).await.unwrap(), 3);
        let error = client.divide(ctx(), 9, 0).await.unwrap_err();
        let expected = LabError::DivideByZero { dividend: 9 };
        assert_eq!(error.into_service().unwrap(), expected);
        let bytes = Bytes::from(vec![0xc1; 100_000]);
        assert_eq!(client.bytes(ctx(), bytes.clone()).await.unwrap(), bytes);
        let joined = client
            .join(ctx(), bytes.slice(..3), "-".to_owned(), bytes.slice(..2))
            .await;
        assert_eq!(joined.unwrap(), &b"\xc1\xc1\xc1-\xc1\xc1"[..]);
        let body = client.fill_body(ctx(), 70_000).await.unwrap();
        assert_eq!(body, vec![7; 70_000]);
        let measured = client.measure(ctx(), vec![200; 70_000]).await;
        assert_eq!(measured.unwrap(), 70_000);
        client.note(ctx(), "noted".to_owned()).await.unwrap();
        stage.lab.wait(Report::Noted("noted".to_owned())).await;
        let trace = TraceContext {
            trace_id: 1,
            span_id: 2,
            sampled: true,
        };
        let facts = client.facts(ctx().with_trace_context(trace)).await.unwrap();
        assert_eq!(facts.trace, Some((1, 2, true)));
        let facts = client.facts_blocking(ctx()).await.unwrap();
        assert_eq!(facts.connection, Some(client.connection().id().get()));
        let panicked = client.panic_later(ctx(), String::new()).await;
        assert!(matches!(panicked, Err(CallError::Panicked)), "{panicked:?}");
        stage.end().await;
    }
}

async fn a_value_that_describes_itself_travels_in_message_pack(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = client_with(&stage, Codec::MessagePack).await;
    let value = json!({"list": [1, -2.5, null, true], "text": "Größe", "nested": {"a": {}}});
    let returned = client.any_value(context::current(), value.clone()).await;
    assert_eq!(returned.unwrap(), value);
    stage.end().await;
}

async fn a_value_that_postcard_cannot_decode_is_refused_in_words(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = client_with(&stage, Codec::Postcard).await;
    for value in [json!(1), json!("text"), json!({"a": [1, 2]}), json!(null)] {
        let error = client
            .any_value(context::current(), value)
            .await
            .unwrap_err();
        let CallError::Undecodable { message } = &error else {
            panic!("{error:?}");
        };
        assert!(
            message.contains("self-describing") || message.contains("describe"),
            "{message}"
        );
        assert!(error.to_string().contains(message.as_str()));
    }
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn clients_of_both_codecs_share_a_server(transport: Transport) {
    let stage = Stage::new(transport).await;
    let one = client_with(&stage, Codec::Postcard).await;
    let other = client_with(&stage, Codec::MessagePack).await;
    let (a, b) = tokio::join!(
        one.add(context::current(), 1, 2),
        other.add(context::current(), 3, 4)
    );
    assert_eq!((a.unwrap(), b.unwrap()), (3, 7));
    stage.end().await;
}

async fn a_server_of_one_codec_refuses_the_other(transport: Transport) {
    for codec in CODECS {
        let stage = Stage::with(transport, |server| server.codec(codec)).await;
        // A client with no preference takes what the server takes.
        assert_eq!(stage.client().await.connection().codec(), codec);
        for other in CODECS.into_iter().filter(|other| *other != codec) {
            let refused = stage.connect().codec(other).await;
            assert!(
                matches!(
                    refused,
                    Err(ConnectError::Refused {
                        reason: RefusalReason::NoCommonCodec,
                        ..
                    })
                ),
                "{refused:?}"
            );
        }
        stage.end().await;
    }
}
