trait r#Match: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn r#type(
        &self,
        ctx: Context,
        r#fn: u8,
    ) -> impl ::core::future::Future<Output = u8> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> MatchServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        MatchServer::new(self)
    }
}
/// Calls the service [`Match`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct MatchClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for MatchClient {
    type Definition = MatchService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl MatchClient {
    /// Connects to the service at this place, once what is returned is awaited: a name, a
    /// `SocketName`, or a `memory::Address`.
    fn connect(
        name: impl ::ipc_rpc::__private::IntoEndpoint,
    ) -> ::ipc_rpc::__private::Connect<Self> {
        ::ipc_rpc::__private::Connect::new(name)
    }
    /// The connection that calls travel over: of a client that connects again the one there
    /// is, or the last that there was.
    fn connection(&self) -> ::ipc_rpc::__private::Connection {
        self.caller.connection()
    }
    /// Whether the peer has the method with this name on the wire.
    fn supports(&self, method: &::core::primitive::str) -> ::core::primitive::bool {
        match method {
            "type" => {
                self.caller
                    .supports(
                        &<__MatchMethod_Type as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> MatchClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> MatchClient<C>
where
    C: ::ipc_rpc::__private::Caller<MatchService>,
{
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    async fn r#type(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        r#fn: u8,
    ) -> ::core::result::Result<u8, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            MatchService,
        >::call::<__MatchMethod_Type>(&self.caller, ctx, __MatchArgs_Type { r#fn })
            .await
    }
}
/// [`MatchClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `MatchClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct MatchBlockingClient {
    client: ::ipc_rpc::__private::Blocking<MatchClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for MatchClient {
    type Blocking = MatchBlockingClient;
    fn into_blocking(self) -> MatchBlockingClient {
        MatchBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl MatchBlockingClient {
    /// The connection that calls travel over.
    #[inline]
    fn connection(&self) -> ::ipc_rpc::__private::BlockingConnection {
        self.client.connection()
    }
    /// Whether the peer has the method with this name on the wire.
    #[inline]
    fn supports(&self, method: &::core::primitive::str) -> ::core::primitive::bool {
        self.client.client().supports(method)
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    fn r#type(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        r#fn: u8,
    ) -> ::core::result::Result<u8, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().r#type(ctx, r#fn))
    }
}
/// Serves an implementation of [`Match`] to peers. Clones share it.
struct MatchServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> MatchServer<S> {
    /// Makes a server of `service`.
    fn new(service: S) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Makes a server of a service that is used elsewhere, too.
    fn from_arc(service: ::std::sync::Arc<S>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<S> ::core::clone::Clone for MatchServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for MatchServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("MatchServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for MatchServer<S>
where
    S: r#Match,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <MatchService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x5127f14d_u32 => {
                call.run::<
                        __MatchMethod_Type,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as r#Match>::r#type(&service, ctx, args.r#fn).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for MatchServer<S>
where
    S: r#Match,
{
    type Req = MatchRequest;
    type Resp = MatchResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: MatchRequest,
    ) -> ::core::result::Result<
        MatchResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {
            MatchRequest::Type(args) => {
                ::core::result::Result::Ok(
                    MatchResponse::Type(
                        <S as r#Match>::r#type(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.r#fn,
                            )
                            .await,
                    ),
                )
            }
        }
    }
}
/// Names the service [`Match`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
struct MatchService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for MatchService {
    type Request = MatchRequest;
    type Response = MatchResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__MatchMethod_Type as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Match", 1u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for MatchService {}
const _: () = {
    ::ipc_rpc::__private::assert_message::<u8>();
    ::ipc_rpc::__private::assert_message::<u8>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
enum MatchRequest {
    Type(__MatchArgs_Type),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for MatchRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Type { .. } => "Match.type",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for MatchRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Type { .. } => f.write_str("Match.type"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for MatchRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Type { .. } => {
                const {
                    &<__MatchMethod_Type as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Type(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x5127f14d_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__MatchArgs_Type>().map(Self::Type),
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
enum MatchResponse {
    Type(u8),
}
#[automatically_derived]
impl ::core::fmt::Debug for MatchResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Type { .. } => f.write_str("Match.type"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for MatchResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Type(declared) => {
                encoder
                    .reply::<
                        <__MatchMethod_Type as ::ipc_rpc::__private::Method>::Reply,
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
            0x5127f14d_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__MatchMethod_Type as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Type),
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
struct __MatchArgs_Type {
    r#fn: u8,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __MatchArgs_Type {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.r#fn, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __MatchArgs_Type {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__MatchArgs_Type))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
struct __MatchMethod_Type;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __MatchMethod_Type {
    type Service = MatchService;
    type Args = __MatchArgs_Type;
    type Reply = ::ipc_rpc::__private::Plain<u8>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "type",
        0x5127f14d_u32,
        0x5417d4a0e91c7e3f_u64,
        "",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(MatchRequest::Type(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            MatchResponse::Type(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
