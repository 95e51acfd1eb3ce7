//! Peers that do not keep to tarpc's protocol.

use futures_util::StreamExt;
use ipc_rpc::{CallError, StubCaller, context as ours};
use support::Task;
use tarpc::client::{self, NewClient, RpcError};
use tarpc::server::{BaseChannel, Channel, serve};
use tarpc::transport::channel;
use tarpc::{ServerError, context};

use crate::our_form::{
    CalculatorClient, CalculatorRequest, CalculatorResponse, calculator_response,
};
use crate::stage::run;
use crate::world::{WorldClient, WorldRequest, WorldResponse};

/// Answers `hello` with the response of `divide`, and the rest as it should.
async fn confused(
    _: context::Context,
    request: WorldRequest,
) -> Result<WorldResponse, ServerError> {
    Ok(match request {
        WorldRequest::Hello { .. } => WorldResponse::Divide(Ok(1)),
        _ => WorldResponse::Fill("filled".to_owned()),
    })
}

#[test]
fn the_response_of_another_method_is_an_error_in_tarpcs_form() {
    run(|| async {
        let (ours, theirs) = channel::unbounded();
        let _server = Task::spawn(
            BaseChannel::with_defaults(theirs)
                .execute(serve(confused))
                .for_each_concurrent(None, |handler| handler),
        );
        let NewClient { client, dispatch } = WorldClient::new(client::Config::default(), ours);
        let _dispatch = Task::spawn(dispatch);
        let hello = client.hello(context::current(), "you".to_owned()).await;
        let Err(RpcError::Server(error)) = hello else {
            panic!("{hello:?}");
        };
        assert_eq!(error.kind, std::io::ErrorKind::InvalidData);
        assert_eq!(
            error.detail,
            "the peer answered with the response of another method"
        );
        assert_eq!(client.fill(context::current(), 1).await.unwrap(), "filled");
    });
}

#[test]
fn the_response_of_another_method_is_an_error_in_our_form() {
    run(|| async {
        let (ours, theirs) = channel::unbounded();
        let confused = |_: context::Context, _: CalculatorRequest| async {
            Ok::<CalculatorResponse, ServerError>(calculator_response())
        };
        let _server = Task::spawn(
            BaseChannel::with_defaults(theirs)
                .execute(serve(confused))
                .for_each_concurrent(None, |handler| handler),
        );
        let NewClient { client, dispatch } = client::new(client::Config::default(), ours);
        let _dispatch = Task::spawn(dispatch);
        let calculator = CalculatorClient::over(StubCaller(client));
        let error = calculator.add(ours::current(), 1, 2).await.unwrap_err();
        assert!(matches!(error, CallError::Protocol(_)), "{error:?}");
        let quotient = calculator.divide(ours::current(), 1, 2).await;
        assert_eq!(quotient.unwrap(), 7);
    });
}
