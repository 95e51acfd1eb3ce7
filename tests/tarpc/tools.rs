//! tarpc's own tools around a service in its form, over its channel.

use std::time::Duration;

use futures_util::StreamExt;
use support::Task;
use tarpc::client::{self, NewClient, RpcError};
use tarpc::server::request_hook::{AfterRequest, BeforeRequest, RequestHook};
use tarpc::server::{BaseChannel, Channel};
use tarpc::transport::channel;
use tarpc::{ServerError, context};

use crate::stage::run;
use crate::world::{
    Step, World, WorldClient, WorldRequest, WorldResponse, context_for, hello_server,
};

/// Refuses to divide by seven, gives every handler an hour, and greets in its own way.
#[derive(Clone)]
struct Hook;

impl BeforeRequest<WorldRequest> for Hook {
    async fn before(
        &mut self,
        context: &mut context::Context,
        request: &WorldRequest,
    ) -> Result<(), ServerError> {
        if let WorldRequest::Divide { b: 7, .. } = request {
            let kind = std::io::ErrorKind::PermissionDenied;
            return Err(ServerError::new(kind, "not by seven".to_owned()));
        }
        *context = context_for(Duration::from_secs(3600));
        Ok(())
    }
}

impl AfterRequest<WorldResponse> for Hook {
    async fn after(
        &mut self,
        _: &mut context::Context,
        response: &mut Result<WorldResponse, ServerError>,
    ) {
        if let Ok(WorldResponse::Hello(greeting)) = response {
            greeting.push_str(" Welcome.");
        }
    }
}

#[test]
fn hooks_see_requests_and_responses() {
    run(|| async {
        let (hello, _steps) = hello_server();
        let (ours, theirs) = channel::unbounded();
        let _server = Task::spawn(
            BaseChannel::with_defaults(theirs)
                .execute(hello.serve().before_and_after(Hook))
                .for_each_concurrent(None, |handler| handler),
        );
        let NewClient { client, dispatch } = WorldClient::new(client::Config::default(), ours);
        let _dispatch = Task::spawn(dispatch);

        let hello = client.hello(context::current(), "you".to_owned()).await;
        assert_eq!(hello.unwrap(), "Hello, you! Welcome.");
        let left = client.time_left(context::current()).await.unwrap();
        assert!(left > Duration::from_secs(3000), "{left:?}");
        let refused = client.divide(context::current(), 14, 7).await;
        let Err(RpcError::Server(error)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(error.detail, "not by seven");
        let quotient = client.divide(context::current(), 14, 2).await;
        assert_eq!(quotient.unwrap(), Ok(7));
    });
}

#[test]
fn a_limit_of_requests_refuses_those_beyond_it() {
    run(|| async {
        let (hello, mut steps) = hello_server();
        let (ours, theirs) = channel::unbounded();
        let _server = Task::spawn(
            BaseChannel::with_defaults(theirs)
                .max_concurrent_requests(1)
                .execute(hello.serve())
                .for_each_concurrent(None, |handler| handler),
        );
        let NewClient { client, dispatch } = WorldClient::new(client::Config::default(), ours);
        let _dispatch = Task::spawn(dispatch);

        let hanging = client.clone();
        let hanging = Task::spawn(async move { hanging.hang(context::current()).await });
        assert_eq!(steps.recv().await, Some(Step::Started));
        let refused = client.hello(context::current(), "you".to_owned()).await;
        let Err(RpcError::Server(error)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(error.kind, std::io::ErrorKind::WouldBlock);
        hanging.stop().await;
        assert_eq!(steps.recv().await, Some(Step::Dropped));
    });
}
