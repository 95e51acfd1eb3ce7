//! Cap'n Proto's RPC. Nothing in it may leave its thread, so it runs on `current_thread` only, and what it gives out is
//! wrapped to be held by those who could run on any.

#[rustfmt::skip]
#[expect(
    clippy::use_self,
    missing_debug_implementations,
    unnameable_types,
    unreachable_pub,
    reason = "generated"
)]
mod echo_capnp;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::twoparty::VatNetwork;
use capnp_rpc::{RpcSystem, new_client};
use futures_util::io::{BufReader, BufWriter};
use send_wrapper::SendWrapper;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::compat::{TokioAsyncReadCompatExt, TokioAsyncWriteCompatExt};

use self::echo_capnp::echo;
use super::{Client, Contender, Ready, Result, in_flight};
use crate::clock::Stop;

pub(super) struct Capnp;

impl Contender for Capnp {
    type Client = Caller;

    fn serve(path: PathBuf, ready: Ready) -> impl Future<Output = Result<()>> + Send {
        SendWrapper::new(async move {
            let listener = UnixListener::bind(path)?;
            ready.announce();
            let client: echo::Client = new_client(Echoes);
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let network = network(accepted?.0, Side::Server);
                        let system = RpcSystem::new(network, Some(client.clone().client));
                        connections.spawn(SendWrapper::new(system));
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        })
    }

    fn connect(path: &Path) -> impl Future<Output = Result<Caller>> + Send {
        SendWrapper::new(async move {
            let socket = UnixStream::connect(path).await?;
            let mut system = RpcSystem::new(network(socket, Side::Client), None);
            let client = SendWrapper::new(system.bootstrap(Side::Server));
            let mut connection = JoinSet::new();
            connection.spawn(SendWrapper::new(system));
            Ok(Caller {
                client,
                _connection: Arc::new(connection),
            })
        })
    }
}

fn network(
    socket: UnixStream,
    side: Side,
) -> Box<VatNetwork<impl futures_util::AsyncRead + Unpin>> {
    let (reader, writer) = socket.into_split();
    let reader = BufReader::new(reader.compat());
    let writer = BufWriter::new(writer.compat_write());
    Box::new(VatNetwork::new(reader, writer, side, Default::default()))
}

struct Echoes;

impl echo::Server for Echoes {
    async fn call(
        self: Rc<Self>,
        params: echo::CallParams,
        mut results: echo::CallResults,
    ) -> std::result::Result<(), ::capnp::Error> {
        let message = params.get()?;
        let mut echoed = results.get();
        echoed.set_number(message.get_number());
        echoed.set_payload(message.get_payload()?);
        Ok(())
    }
}

/// Closes the connection when the last clone is dropped: the task that drives it is aborted then.
#[derive(Clone)]
pub(super) struct Caller {
    client: SendWrapper<echo::Client>,
    _connection: Arc<JoinSet<std::result::Result<(), ::capnp::Error>>>,
}

impl Caller {
    fn call(
        &self,
        number: u64,
        mut payload: Vec<u8>,
    ) -> impl Future<Output = Result<(u64, Vec<u8>)>> + Send {
        let mut request = self.client.call_request();
        let mut message = request.get();
        message.set_number(number);
        message.set_payload(&payload);
        SendWrapper::new(async move {
            let response = request.send().promise.await?;
            let message = response.get()?;
            payload.clear();
            payload.extend_from_slice(message.get_payload()?);
            Ok((message.get_number(), payload))
        })
    }
}

impl Client for Caller {
    type Payload = Vec<u8>;

    fn echo(
        &mut self,
        number: u64,
        payload: Vec<u8>,
    ) -> impl Future<Output = Result<(u64, Vec<u8>)>> + Send {
        self.call(number, payload)
    }

    async fn echo_bytes(&mut self, payload: Vec<u8>) -> Result<Vec<u8>> {
        Ok(self.call(0, payload).await?.1)
    }

    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        in_flight(self, count, stop).await
    }
}
