//! Calls through the layers of a client.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::Lane;
use crate::connection::{Answer, Encoded};
use crate::context::Context;
use crate::descriptor::MethodDescriptor;
use crate::error::CallError;
use crate::layer::{self, Streams};
use crate::wire::Flags;

impl Lane {
    /// Sends an encoded request through the layers, and returns what comes out of them.
    pub(super) async fn exchange_layered(
        &self,
        method: &'static MethodDescriptor,
        context: Context,
        mut message: Encoded,
    ) -> Result<Option<Answer>, CallError> {
        let streams = Streams::going_out(std::mem::take(&mut message.feeds));
        let parts = message.into_parts();
        let request = layer::Request::new(self.service.name, method, context, parts, streams);
        match self.layers.run(request, Arc::new(self.clone())).await.0 {
            layer::Reply::Failed(error) => Err(error),
            layer::Reply::Returned { .. } if method.one_way => Ok(None),
            layer::Reply::Returned {
                service_error,
                body,
                side,
                streams,
            } => {
                let flags = Flags::of_returned(service_error);
                let streams = streams.take_in()?;
                Ok(Some(Answer::from_parts(flags, (body, side), streams)))
            }
        }
    }

    async fn end_of_layers(&self, request: layer::Request) -> layer::Response {
        let layer::Request {
            method,
            context,
            body,
            side,
            streams,
            ..
        } = request;
        let mut message = Encoded::from_parts(body, side);
        let answer = match streams.take_out() {
            Ok(feeds) => {
                message.feeds = feeds;
                self.exchange(method, &context, message).await
            }
            Err(error) => Err(error),
        };
        layer::Response(match answer {
            Err(error) => layer::Reply::Failed(error),
            Ok(None) => layer::Reply::Returned {
                service_error: false,
                body: Bytes::new(),
                side: Bytes::new(),
                streams: Streams::default(),
            },
            Ok(Some(mut answer)) => {
                let service_error = answer.flags.has(Flags::SERVICE_ERROR);
                let streams = Streams::come_in(answer.take_streams());
                let (body, side) = answer.into_parts();
                layer::Reply::Returned {
                    service_error,
                    body,
                    side,
                    streams,
                }
            }
        })
    }
}

/// Behind the last layer of a client.
impl layer::End for Lane {
    fn call(
        &self,
        request: layer::Request,
    ) -> Pin<Box<dyn Future<Output = layer::Response> + Send>> {
        let lane = self.clone();
        Box::pin(async move { lane.end_of_layers(request).await })
    }
}
