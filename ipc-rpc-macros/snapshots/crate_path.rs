pub trait Ping: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn ping(
        &self,
        ctx: Context,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> PingServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        PingServer::new(self)
    }
}
/// Calls the service [`Ping`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct PingClient<C = my_sdk::ipc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl my_sdk::ipc::__private::Client for PingClient {
    type Definition = PingService;
    fn from_lane(lane: my_sdk::ipc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl PingClient {
    /// Connects to the service at this place, once what is returned is awaited: a name, a
    /// `SocketName`, or a `memory::Address`.
    pub fn connect(
        name: impl my_sdk::ipc::__private::IntoEndpoint,
    ) -> my_sdk::ipc::__private::Connect<Self> {
        my_sdk::ipc::__private::Connect::new(name)
    }
    /// The connection that calls travel over: of a client that connects again the one there
    /// is, or the last that there was.
    pub fn connection(&self) -> my_sdk::ipc::__private::Connection {
        self.caller.connection()
    }
    /// Whether the peer has the method with this name on the wire.
    pub fn supports(&self, method: &::core::primitive::str) -> ::core::primitive::bool {
        match method {
            "ping" => {
                self.caller
                    .supports(
                        &<__PingMethod_Ping as my_sdk::ipc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> PingClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> PingClient<C>
where
    C: my_sdk::ipc::__private::Caller<PingService>,
{
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn ping(
        &self,
        ctx: my_sdk::ipc::__private::Context,
    ) -> ::core::result::Result<(), my_sdk::ipc::__private::CallError> {
        my_sdk::ipc::__private::Caller::<
            PingService,
        >::call::<__PingMethod_Ping>(&self.caller, ctx, __PingArgs_Ping {})
            .await
    }
}
/// [`PingClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `PingClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct PingBlockingClient {
    client: my_sdk::ipc::__private::Blocking<PingClient>,
}
#[automatically_derived]
impl my_sdk::ipc::__private::IntoBlocking for PingClient {
    type Blocking = PingBlockingClient;
    fn into_blocking(self) -> PingBlockingClient {
        PingBlockingClient {
            client: my_sdk::ipc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl PingBlockingClient {
    /// The connection that calls travel over.
    #[inline]
    pub fn connection(&self) -> my_sdk::ipc::__private::BlockingConnection {
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
    pub fn ping(
        &self,
        ctx: my_sdk::ipc::__private::Context,
    ) -> ::core::result::Result<(), my_sdk::ipc::__private::CallError> {
        self.client.wait(self.client.client().ping(ctx))
    }
}
/// Serves an implementation of [`Ping`] to peers. Clones share it.
pub struct PingServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> PingServer<S> {
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
impl<S> ::core::clone::Clone for PingServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for PingServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("PingServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> my_sdk::ipc::__private::Service for PingServer<S>
where
    S: Ping,
{
    fn descriptor(&self) -> &'static my_sdk::ipc::__private::ServiceDescriptor {
        <PingService as my_sdk::ipc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: my_sdk::ipc::__private::IncomingCall<'_>,
    ) -> my_sdk::ipc::__private::Dispatched {
        match call.method() {
            0x165df089_u32 => {
                call.run::<
                        __PingMethod_Ping,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, _| async move {
                        <S as Ping>::ping(&service, ctx).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> my_sdk::ipc::__private::tarpc::server::Serve for PingServer<S>
where
    S: Ping,
{
    type Req = PingRequest;
    type Resp = PingResponse;
    async fn serve(
        self,
        ctx: my_sdk::ipc::__private::tarpc::context::Context,
        request: PingRequest,
    ) -> ::core::result::Result<
        PingResponse,
        my_sdk::ipc::__private::tarpc::ServerError,
    > {
        match request {
            PingRequest::Ping(_) => {
                ::core::result::Result::Ok(
                    PingResponse::Ping(
                        <S as Ping>::ping(
                                &self.service,
                                <my_sdk::ipc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                            )
                            .await,
                    ),
                )
            }
        }
    }
}
/// Names the service [`Ping`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct PingService;
#[automatically_derived]
impl my_sdk::ipc::__private::ServiceDefinition for PingService {
    type Request = PingRequest;
    type Response = PingResponse;
    const DESCRIPTOR: &'static my_sdk::ipc::__private::ServiceDescriptor = {
        const METHODS: &[my_sdk::ipc::__private::MethodDescriptor] = &[
            <__PingMethod_Ping as my_sdk::ipc::__private::Method>::DESCRIPTOR,
        ];
        &my_sdk::ipc::__private::ServiceDescriptor::new("Ping", 1u32, "", METHODS)
    };
}
#[automatically_derived]
impl my_sdk::ipc::__private::WithoutStreams for PingService {}
const _: () = {
    my_sdk::ipc::__private::assert_message::<()>();
};
#[doc(hidden)]
#[derive(
    my_sdk::ipc::__private::serde::Serialize,
    my_sdk::ipc::__private::serde::Deserialize
)]
#[serde(crate = "my_sdk::ipc::__private::serde")]
pub enum PingRequest {
    Ping(__PingArgs_Ping),
}
#[automatically_derived]
impl my_sdk::ipc::__private::tarpc::RequestName for PingRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Ping { .. } => "Ping.ping",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for PingRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Ping { .. } => f.write_str("Ping.ping"),
        }
    }
}
#[automatically_derived]
impl my_sdk::ipc::__private::WireRequest for PingRequest {
    fn method(&self) -> &'static my_sdk::ipc::__private::MethodDescriptor {
        match *self {
            Self::Ping { .. } => {
                const {
                    &<__PingMethod_Ping as my_sdk::ipc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut my_sdk::ipc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), my_sdk::ipc::__private::CodecError> {
        match self {
            Self::Ping(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: my_sdk::ipc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, my_sdk::ipc::__private::CodecError>,
    > {
        match method {
            0x165df089_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__PingArgs_Ping>().map(Self::Ping),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[doc(hidden)]
#[derive(
    my_sdk::ipc::__private::serde::Serialize,
    my_sdk::ipc::__private::serde::Deserialize
)]
#[serde(crate = "my_sdk::ipc::__private::serde")]
pub enum PingResponse {
    Ping(()),
}
#[automatically_derived]
impl ::core::fmt::Debug for PingResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Ping { .. } => f.write_str("Ping.ping"),
        }
    }
}
#[automatically_derived]
impl my_sdk::ipc::__private::WireResponse for PingResponse {
    fn encode(
        self,
        encoder: &mut my_sdk::ipc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), my_sdk::ipc::__private::CodecError> {
        match self {
            Self::Ping(declared) => {
                encoder
                    .reply::<
                        <__PingMethod_Ping as my_sdk::ipc::__private::Method>::Reply,
                    >(declared)
            }
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: my_sdk::ipc::__private::ResponseDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, my_sdk::ipc::__private::CodecError>,
    > {
        match method {
            0x165df089_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__PingMethod_Ping as my_sdk::ipc::__private::Method>::Reply,
                        >()
                        .map(Self::Ping),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[doc(hidden)]
#[derive(
    my_sdk::ipc::__private::serde::Serialize,
    my_sdk::ipc::__private::serde::Deserialize
)]
#[serde(crate = "my_sdk::ipc::__private::serde")]
pub struct __PingArgs_Ping {}
#[automatically_derived]
impl my_sdk::ipc::__private::Args for __PingArgs_Ping {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(my_sdk::ipc::__private::Blob<'_>),
    ) {}
}
#[automatically_derived]
impl ::core::fmt::Debug for __PingArgs_Ping {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__PingArgs_Ping))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __PingMethod_Ping;
#[automatically_derived]
impl my_sdk::ipc::__private::Method for __PingMethod_Ping {
    type Service = PingService;
    type Args = __PingArgs_Ping;
    type Reply = my_sdk::ipc::__private::Plain<()>;
    const DESCRIPTOR: my_sdk::ipc::__private::MethodDescriptor = my_sdk::ipc::__private::MethodDescriptor::new(
        "ping",
        0x165df089_u32,
        0xf4c765f27a0e4cf8_u64,
        "",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as my_sdk::ipc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(PingRequest::Ping(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as my_sdk::ipc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<
        <Self::Reply as my_sdk::ipc::__private::Reply>::Declared,
    > {
        match response {
            PingResponse::Ping(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
