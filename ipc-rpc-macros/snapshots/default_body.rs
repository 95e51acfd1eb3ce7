pub trait Doubler: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn double(
        &self,
        _: Context,
        mut a: u8,
    ) -> impl ::core::future::Future<Output = u8> + ::core::marker::Send {
        async move {
            a *= 2;
            a
        }
    }
    fn half(&self, _ctx: Context, a: u8) -> u8 {
        a / 2
    }
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> DoublerServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        DoublerServer::new(self)
    }
}
/// Calls the service [`Doubler`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct DoublerClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for DoublerClient {
    type Definition = DoublerService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl DoublerClient {
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
            "double" => {
                self.caller
                    .supports(
                        &<__DoublerMethod_Double as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "half" => {
                self.caller
                    .supports(
                        &<__DoublerMethod_Half as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> DoublerClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> DoublerClient<C>
where
    C: ::ipc_rpc::__private::Caller<DoublerService>,
{
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn double(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: u8,
    ) -> ::core::result::Result<u8, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            DoublerService,
        >::call::<__DoublerMethod_Double>(&self.caller, ctx, __DoublerArgs_Double { a })
            .await
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn half(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: u8,
    ) -> ::core::result::Result<u8, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            DoublerService,
        >::call::<__DoublerMethod_Half>(&self.caller, ctx, __DoublerArgs_Half { a })
            .await
    }
}
/// [`DoublerClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `DoublerClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct DoublerBlockingClient {
    client: ::ipc_rpc::__private::Blocking<DoublerClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for DoublerClient {
    type Blocking = DoublerBlockingClient;
    fn into_blocking(self) -> DoublerBlockingClient {
        DoublerBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl DoublerBlockingClient {
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
    pub fn double(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: u8,
    ) -> ::core::result::Result<u8, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().double(ctx, a))
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn half(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: u8,
    ) -> ::core::result::Result<u8, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().half(ctx, a))
    }
}
/// Serves an implementation of [`Doubler`] to peers. Clones share it.
pub struct DoublerServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> DoublerServer<S> {
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
impl<S> ::core::clone::Clone for DoublerServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for DoublerServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("DoublerServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for DoublerServer<S>
where
    S: Doubler,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <DoublerService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0xa0eb0f08_u32 => {
                call.run::<
                        __DoublerMethod_Double,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Doubler>::double(&service, ctx, args.a).await
                    },
                )
            }
            0xd6bec8a4_u32 => {
                call.run_blocking::<
                        __DoublerMethod_Half,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| <S as Doubler>::half(&service, ctx, args.a),
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for DoublerServer<S>
where
    S: Doubler,
{
    type Req = DoublerRequest;
    type Resp = DoublerResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: DoublerRequest,
    ) -> ::core::result::Result<
        DoublerResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {
            DoublerRequest::Double(args) => {
                ::core::result::Result::Ok(
                    DoublerResponse::Double(
                        <S as Doubler>::double(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.a,
                            )
                            .await,
                    ),
                )
            }
            DoublerRequest::Half(args) => {
                ::ipc_rpc::__private::blocking(move || <S as Doubler>::half(
                        &self.service,
                        <::ipc_rpc::__private::Context as ::core::convert::From<
                            _,
                        >>::from(ctx),
                        args.a,
                    ))
                    .await
                    .map(DoublerResponse::Half)
            }
        }
    }
}
/// Names the service [`Doubler`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct DoublerService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for DoublerService {
    type Request = DoublerRequest;
    type Response = DoublerResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__DoublerMethod_Double as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__DoublerMethod_Half as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Doubler", 1u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for DoublerService {}
const _: () = {
    ::ipc_rpc::__private::assert_message::<u8>();
    ::ipc_rpc::__private::assert_message::<u8>();
    ::ipc_rpc::__private::assert_message::<u8>();
    ::ipc_rpc::__private::assert_message::<u8>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum DoublerRequest {
    Double(__DoublerArgs_Double),
    Half(__DoublerArgs_Half),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for DoublerRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Double { .. } => "Doubler.double",
            Self::Half { .. } => "Doubler.half",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for DoublerRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Double { .. } => f.write_str("Doubler.double"),
            Self::Half { .. } => f.write_str("Doubler.half"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for DoublerRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Double { .. } => {
                const {
                    &<__DoublerMethod_Double as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
            Self::Half { .. } => {
                const {
                    &<__DoublerMethod_Half as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Double(args) => encoder.args(args),
            Self::Half(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0xa0eb0f08_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__DoublerArgs_Double>().map(Self::Double),
                )
            }
            0xd6bec8a4_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__DoublerArgs_Half>().map(Self::Half),
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
pub enum DoublerResponse {
    Double(u8),
    Half(u8),
}
#[automatically_derived]
impl ::core::fmt::Debug for DoublerResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Double { .. } => f.write_str("Doubler.double"),
            Self::Half { .. } => f.write_str("Doubler.half"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for DoublerResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Double(declared) => {
                encoder
                    .reply::<
                        <__DoublerMethod_Double as ::ipc_rpc::__private::Method>::Reply,
                    >(declared)
            }
            Self::Half(declared) => {
                encoder
                    .reply::<
                        <__DoublerMethod_Half as ::ipc_rpc::__private::Method>::Reply,
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
            0xa0eb0f08_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__DoublerMethod_Double as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Double),
                )
            }
            0xd6bec8a4_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__DoublerMethod_Half as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Half),
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
pub struct __DoublerArgs_Double {
    a: u8,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __DoublerArgs_Double {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.a, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __DoublerArgs_Double {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__DoublerArgs_Double))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __DoublerMethod_Double;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __DoublerMethod_Double {
    type Service = DoublerService;
    type Args = __DoublerArgs_Double;
    type Reply = ::ipc_rpc::__private::Plain<u8>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "double",
        0xa0eb0f08_u32,
        0x4362d24ed466f60b_u64,
        "",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(DoublerRequest::Double(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            DoublerResponse::Double(declared) => ::core::option::Option::Some(declared),
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
pub struct __DoublerArgs_Half {
    a: u8,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __DoublerArgs_Half {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.a, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __DoublerArgs_Half {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__DoublerArgs_Half))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __DoublerMethod_Half;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __DoublerMethod_Half {
    type Service = DoublerService;
    type Args = __DoublerArgs_Half;
    type Reply = ::ipc_rpc::__private::Plain<u8>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "half",
            0xd6bec8a4_u32,
            0x16329e04fd313e2f_u64,
            "",
        )
        .blocking();
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(DoublerRequest::Half(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            DoublerResponse::Half(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
