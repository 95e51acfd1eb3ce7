pub trait Calculator: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn sum(
        &self,
        ctx: Context,
        a: i64,
        b: i64,
    ) -> impl ::core::future::Future<Output = i64> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> CalculatorServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        CalculatorServer::new(self)
    }
}
/// Calls the service [`Calculator`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct CalculatorClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for CalculatorClient {
    type Definition = CalculatorService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl CalculatorClient {
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
            "add" => {
                self.caller
                    .supports(
                        &<__CalculatorMethod_Sum as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> CalculatorClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> CalculatorClient<C>
where
    C: ::ipc_rpc::__private::Caller<CalculatorService>,
{
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn sum(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: i64,
        b: i64,
    ) -> ::core::result::Result<i64, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            CalculatorService,
        >::call::<
            __CalculatorMethod_Sum,
        >(&self.caller, ctx, __CalculatorArgs_Sum { a, b })
            .await
    }
}
/// [`CalculatorClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `CalculatorClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct CalculatorBlockingClient {
    client: ::ipc_rpc::__private::Blocking<CalculatorClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for CalculatorClient {
    type Blocking = CalculatorBlockingClient;
    fn into_blocking(self) -> CalculatorBlockingClient {
        CalculatorBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl CalculatorBlockingClient {
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
    pub fn sum(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: i64,
        b: i64,
    ) -> ::core::result::Result<i64, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().sum(ctx, a, b))
    }
}
/// Serves an implementation of [`Calculator`] to peers. Clones share it.
pub struct CalculatorServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> CalculatorServer<S> {
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
impl<S> ::core::clone::Clone for CalculatorServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for CalculatorServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("CalculatorServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for CalculatorServer<S>
where
    S: Calculator,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <CalculatorService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x3b391274_u32 => {
                call.run::<
                        __CalculatorMethod_Sum,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Calculator>::sum(&service, ctx, args.a, args.b).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for CalculatorServer<S>
where
    S: Calculator,
{
    type Req = CalculatorRequest;
    type Resp = CalculatorResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: CalculatorRequest,
    ) -> ::core::result::Result<
        CalculatorResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {
            CalculatorRequest::Sum(args) => {
                ::core::result::Result::Ok(
                    CalculatorResponse::Sum(
                        <S as Calculator>::sum(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.a,
                                args.b,
                            )
                            .await,
                    ),
                )
            }
        }
    }
}
/// Names the service [`Calculator`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct CalculatorService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for CalculatorService {
    type Request = CalculatorRequest;
    type Response = CalculatorResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__CalculatorMethod_Sum as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("calc", 2u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for CalculatorService {}
const _: () = {
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<i64>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum CalculatorRequest {
    Sum(__CalculatorArgs_Sum),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for CalculatorRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Sum { .. } => "calc.add",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for CalculatorRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Sum { .. } => f.write_str("calc.add"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for CalculatorRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Sum { .. } => {
                const {
                    &<__CalculatorMethod_Sum as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Sum(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x3b391274_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__CalculatorArgs_Sum>().map(Self::Sum),
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
pub enum CalculatorResponse {
    Sum(i64),
}
#[automatically_derived]
impl ::core::fmt::Debug for CalculatorResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Sum { .. } => f.write_str("calc.add"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for CalculatorResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Sum(declared) => {
                encoder
                    .reply::<
                        <__CalculatorMethod_Sum as ::ipc_rpc::__private::Method>::Reply,
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
            0x3b391274_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__CalculatorMethod_Sum as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Sum),
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
pub struct __CalculatorArgs_Sum {
    a: i64,
    b: i64,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __CalculatorArgs_Sum {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.a, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.b, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __CalculatorArgs_Sum {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__CalculatorArgs_Sum))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __CalculatorMethod_Sum;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __CalculatorMethod_Sum {
    type Service = CalculatorService;
    type Args = __CalculatorArgs_Sum;
    type Reply = ::ipc_rpc::__private::Plain<i64>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "add",
        0x3b391274_u32,
        0xbb364c15d84acd2c_u64,
        "",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(CalculatorRequest::Sum(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            CalculatorResponse::Sum(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
