pub trait Store: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn put(
        &self,
        ctx: Context,
        key: String,
        value: Bytes,
    ) -> impl ::core::future::Future<Output = Bytes> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> StoreServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        StoreServer::new(self)
    }
}
/// Calls the service [`Store`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct StoreClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for StoreClient {
    type Definition = StoreService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl StoreClient {
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
            "put" => {
                self.caller
                    .supports(
                        &<__StoreMethod_Put as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> StoreClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> StoreClient<C>
where
    C: ::ipc_rpc::__private::Caller<StoreService>,
{
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn put(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        key: String,
        value: Bytes,
    ) -> ::core::result::Result<Bytes, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            StoreService,
        >::call::<__StoreMethod_Put>(&self.caller, ctx, __StoreArgs_Put { key, value })
            .await
    }
}
/// [`StoreClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `StoreClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct StoreBlockingClient {
    client: ::ipc_rpc::__private::Blocking<StoreClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for StoreClient {
    type Blocking = StoreBlockingClient;
    fn into_blocking(self) -> StoreBlockingClient {
        StoreBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl StoreBlockingClient {
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
    pub fn put(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        key: String,
        value: Bytes,
    ) -> ::core::result::Result<Bytes, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().put(ctx, key, value))
    }
}
/// Serves an implementation of [`Store`] to peers. Clones share it.
pub struct StoreServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> StoreServer<S> {
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
impl<S> ::core::clone::Clone for StoreServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for StoreServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("StoreServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for StoreServer<S>
where
    S: Store,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <StoreService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x697299ee_u32 => {
                call.run::<
                        __StoreMethod_Put,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Store>::put(&service, ctx, args.key, args.value).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for StoreServer<S>
where
    S: Store,
{
    type Req = StoreRequest;
    type Resp = StoreResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: StoreRequest,
    ) -> ::core::result::Result<
        StoreResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {
            StoreRequest::Put(args) => {
                ::core::result::Result::Ok(
                    StoreResponse::Put(
                        <S as Store>::put(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.key,
                                args.value,
                            )
                            .await,
                    ),
                )
            }
        }
    }
}
/// Names the service [`Store`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct StoreService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for StoreService {
    type Request = StoreRequest;
    type Response = StoreResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__StoreMethod_Put as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Store", 1u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for StoreService {}
const _: () = {
    ::ipc_rpc::__private::assert_message::<String>();
    ::ipc_rpc::__private::assert_message::<Bytes>();
    ::ipc_rpc::__private::assert_message::<Bytes>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum StoreRequest {
    Put(__StoreArgs_Put),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for StoreRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Put { .. } => "Store.put",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for StoreRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Put { .. } => f.write_str("Store.put"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for StoreRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Put { .. } => {
                const {
                    &<__StoreMethod_Put as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Put(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x697299ee_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__StoreArgs_Put>().map(Self::Put),
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
pub enum StoreResponse {
    Put(Bytes),
}
#[automatically_derived]
impl ::core::fmt::Debug for StoreResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Put { .. } => f.write_str("Store.put"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for StoreResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Put(declared) => {
                encoder
                    .reply::<
                        <__StoreMethod_Put as ::ipc_rpc::__private::Method>::Reply,
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
            0x697299ee_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__StoreMethod_Put as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Put),
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
pub struct __StoreArgs_Put {
    key: String,
    value: Bytes,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __StoreArgs_Put {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.key, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.value, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __StoreArgs_Put {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__StoreArgs_Put))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __StoreMethod_Put;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __StoreMethod_Put {
    type Service = StoreService;
    type Args = __StoreArgs_Put;
    type Reply = ::ipc_rpc::__private::Plain<Bytes>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "put",
        0x697299ee_u32,
        0x54d9837aa2ea0c09_u64,
        "",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(StoreRequest::Put(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            StoreResponse::Put(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
