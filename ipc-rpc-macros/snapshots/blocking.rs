pub trait Miner: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn crunch(&self, ctx: Context, n: u64) -> u64;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> MinerServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        MinerServer::new(self)
    }
}
/// Calls the service [`Miner`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct MinerClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for MinerClient {
    type Definition = MinerService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl MinerClient {
    /// Connects to the service at this place, once what is returned is awaited: a name, a
    /// `SocketName`, or a `memory::Address`.
    pub fn connect(
        name: impl ::ipc_rpc::__private::IntoEndpoint,
    ) -> ::ipc_rpc::__private::Connect<Self> {
        ::ipc_rpc::__private::Connect::new(name)
    }
    /// The connection that calls travel over: of a client that connects again the one there
    /// is, or the last that there was.
    pub fn connection(&self) -> ::ipc_rpc::__private::Connection {
        self.caller.connection()
    }
    /// Whether the peer has the method with this name on the wire.
    pub fn supports(&self, method: &::core::primitive::str) -> ::core::primitive::bool {
        match method {
            "crunch" => {
                self.caller
                    .supports(
                        &<__MinerMethod_Crunch as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> MinerClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> MinerClient<C>
where
    C: ::ipc_rpc::__private::Caller<MinerService>,
{
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn crunch(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        n: u64,
    ) -> ::core::result::Result<u64, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            MinerService,
        >::call::<__MinerMethod_Crunch>(&self.caller, ctx, __MinerArgs_Crunch { n })
            .await
    }
}
/// [`MinerClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `MinerClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct MinerBlockingClient {
    client: ::ipc_rpc::__private::Blocking<MinerClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for MinerClient {
    type Blocking = MinerBlockingClient;
    fn into_blocking(self) -> MinerBlockingClient {
        MinerBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl MinerBlockingClient {
    /// The connection that calls travel over.
    #[inline]
    pub fn connection(&self) -> ::ipc_rpc::__private::BlockingConnection {
        self.client.connection()
    }
    /// Whether the peer has the method with this name on the wire.
    #[inline]
    pub fn supports(&self, method: &::core::primitive::str) -> ::core::primitive::bool {
        self.client.client().supports(method)
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn crunch(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        n: u64,
    ) -> ::core::result::Result<u64, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().crunch(ctx, n))
    }
}
/// Serves an implementation of [`Miner`] to peers. Clones share it.
pub struct MinerServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> MinerServer<S> {
    /// Makes a server of `service`.
    pub fn new(service: S) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Makes a server of a service that is used elsewhere, too.
    pub fn from_arc(service: ::std::sync::Arc<S>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<S> ::core::clone::Clone for MinerServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for MinerServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("MinerServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for MinerServer<S>
where
    S: Miner,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <MinerService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0xc398c3c8_u32 => {
                call.run_blocking::<
                        __MinerMethod_Crunch,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| <S as Miner>::crunch(&service, ctx, args.n),
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for MinerServer<S>
where
    S: Miner,
{
    type Req = MinerRequest;
    type Resp = MinerResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: MinerRequest,
    ) -> ::core::result::Result<
        MinerResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {
            MinerRequest::Crunch(args) => {
                ::ipc_rpc::__private::blocking(move || <S as Miner>::crunch(
                        &self.service,
                        <::ipc_rpc::__private::Context as ::core::convert::From<
                            _,
                        >>::from(ctx),
                        args.n,
                    ))
                    .await
                    .map(MinerResponse::Crunch)
            }
        }
    }
}
/// Names the service [`Miner`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct MinerService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for MinerService {
    type Request = MinerRequest;
    type Response = MinerResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__MinerMethod_Crunch as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Miner", 1u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for MinerService {}
const _: () = {
    ::ipc_rpc::__private::assert_message::<u64>();
    ::ipc_rpc::__private::assert_message::<u64>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum MinerRequest {
    Crunch(__MinerArgs_Crunch),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for MinerRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Crunch { .. } => "Miner.crunch",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for MinerRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Crunch { .. } => f.write_str("Miner.crunch"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for MinerRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Crunch { .. } => {
                const {
                    &<__MinerMethod_Crunch as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Crunch(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0xc398c3c8_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__MinerArgs_Crunch>().map(Self::Crunch),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum MinerResponse {
    Crunch(u64),
}
#[automatically_derived]
impl ::core::fmt::Debug for MinerResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Crunch { .. } => f.write_str("Miner.crunch"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for MinerResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Crunch(declared) => {
                encoder
                    .reply::<
                        <__MinerMethod_Crunch as ::ipc_rpc::__private::Method>::Reply,
                    >(declared)
            }
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::ResponseDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0xc398c3c8_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__MinerMethod_Crunch as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Crunch),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __MinerArgs_Crunch {
    n: u64,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __MinerArgs_Crunch {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.n, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __MinerArgs_Crunch {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__MinerArgs_Crunch))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __MinerMethod_Crunch;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __MinerMethod_Crunch {
    type Service = MinerService;
    type Args = __MinerArgs_Crunch;
    type Reply = ::ipc_rpc::__private::Plain<u64>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "crunch",
            0xc398c3c8_u32,
            0x55c27a1779ae1f5a_u64,
            "",
        )
        .blocking();
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(MinerRequest::Crunch(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            MinerResponse::Crunch(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
