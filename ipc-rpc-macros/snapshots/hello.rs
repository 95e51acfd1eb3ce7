/// Greets.
pub trait Greeter: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Says hello.
    fn hello(
        &self,
        ctx: Context,
        name: String,
    ) -> impl ::core::future::Future<Output = String> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> GreeterServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        GreeterServer::new(self)
    }
}
/// Calls the service [`Greeter`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct GreeterClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for GreeterClient {
    type Definition = GreeterService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl GreeterClient {
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
            "hello" => {
                self.caller
                    .supports(
                        &<__GreeterMethod_Hello as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> GreeterClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> GreeterClient<C>
where
    C: ::ipc_rpc::__private::Caller<GreeterService>,
{
    /// Says hello.
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn hello(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        name: String,
    ) -> ::core::result::Result<String, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            GreeterService,
        >::call::<__GreeterMethod_Hello>(&self.caller, ctx, __GreeterArgs_Hello { name })
            .await
    }
}
/// [`GreeterClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `GreeterClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct GreeterBlockingClient {
    client: ::ipc_rpc::__private::Blocking<GreeterClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for GreeterClient {
    type Blocking = GreeterBlockingClient;
    fn into_blocking(self) -> GreeterBlockingClient {
        GreeterBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl GreeterBlockingClient {
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
    /// Says hello.
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn hello(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        name: String,
    ) -> ::core::result::Result<String, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().hello(ctx, name))
    }
}
/// Serves an implementation of [`Greeter`] to peers. Clones share it.
pub struct GreeterServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> GreeterServer<S> {
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
impl<S> ::core::clone::Clone for GreeterServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for GreeterServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("GreeterServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for GreeterServer<S>
where
    S: Greeter,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <GreeterService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x4f9f2cab_u32 => {
                call.run::<
                        __GreeterMethod_Hello,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Greeter>::hello(&service, ctx, args.name).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for GreeterServer<S>
where
    S: Greeter,
{
    type Req = GreeterRequest;
    type Resp = GreeterResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: GreeterRequest,
    ) -> ::core::result::Result<
        GreeterResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {
            GreeterRequest::Hello(args) => {
                ::core::result::Result::Ok(
                    GreeterResponse::Hello(
                        <S as Greeter>::hello(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.name,
                            )
                            .await,
                    ),
                )
            }
        }
    }
}
/// Names the service [`Greeter`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct GreeterService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for GreeterService {
    type Request = GreeterRequest;
    type Response = GreeterResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__GreeterMethod_Hello as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new(
            "Greeter",
            1u32,
            "Greets.",
            METHODS,
        )
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for GreeterService {}
const _: () = {
    ::ipc_rpc::__private::assert_message::<String>();
    ::ipc_rpc::__private::assert_message::<String>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum GreeterRequest {
    Hello(__GreeterArgs_Hello),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for GreeterRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Hello { .. } => "Greeter.hello",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for GreeterRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Hello { .. } => f.write_str("Greeter.hello"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for GreeterRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Hello { .. } => {
                const {
                    &<__GreeterMethod_Hello as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Hello(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x4f9f2cab_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__GreeterArgs_Hello>().map(Self::Hello),
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
pub enum GreeterResponse {
    Hello(String),
}
#[automatically_derived]
impl ::core::fmt::Debug for GreeterResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Hello { .. } => f.write_str("Greeter.hello"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for GreeterResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Hello(declared) => {
                encoder
                    .reply::<
                        <__GreeterMethod_Hello as ::ipc_rpc::__private::Method>::Reply,
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
            0x4f9f2cab_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__GreeterMethod_Hello as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Hello),
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
pub struct __GreeterArgs_Hello {
    name: String,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __GreeterArgs_Hello {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.name, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __GreeterArgs_Hello {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__GreeterArgs_Hello))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __GreeterMethod_Hello;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __GreeterMethod_Hello {
    type Service = GreeterService;
    type Args = __GreeterArgs_Hello;
    type Reply = ::ipc_rpc::__private::Plain<String>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "hello",
        0x4f9f2cab_u32,
        0x215d3725eb1b4354_u64,
        "Says hello.",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(GreeterRequest::Hello(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            GreeterResponse::Hello(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
