/// Keeps a list.
///
/// It is short.
#[doc(alias = "register")]
pub trait List: Sealed + ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Adds an entry.
    #[deprecated = "use `put`"]
    #[expect(clippy::too_many_arguments, reason = "an entry has many fields")]
    fn add(
        &self,
        ctx: Context,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> ListServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        ListServer::new(self)
    }
}
/// Calls the service [`List`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct ListClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for ListClient {
    type Definition = ListService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl ListClient {
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
                        &<__ListMethod_Add as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> ListClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> ListClient<C>
where
    C: ::ipc_rpc::__private::Caller<ListService>,
{
    /// Adds an entry.
    #[deprecated = "use `put`"]
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    #[allow(clippy::too_many_arguments, reason = "the service declares them")]
    pub async fn add(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            ListService,
        >::call::<
            __ListMethod_Add,
        >(&self.caller, ctx, __ListArgs_Add { a, b, c, d, e, f })
            .await
    }
}
/// [`ListClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `ListClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct ListBlockingClient {
    client: ::ipc_rpc::__private::Blocking<ListClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for ListClient {
    type Blocking = ListBlockingClient;
    fn into_blocking(self) -> ListBlockingClient {
        ListBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
#[allow(deprecated, reason = "what is deprecated must be served all the same")]
impl ListBlockingClient {
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
    /// Adds an entry.
    #[deprecated = "use `put`"]
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[allow(clippy::too_many_arguments, reason = "the service declares them")]
    #[inline]
    pub fn add(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().add(ctx, a, b, c, d, e, f))
    }
}
/// Serves an implementation of [`List`] to peers. Clones share it.
pub struct ListServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> ListServer<S> {
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
impl<S> ::core::clone::Clone for ListServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for ListServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("ListServer").finish_non_exhaustive()
    }
}
#[allow(deprecated, reason = "what is deprecated must be served all the same")]
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for ListServer<S>
where
    S: List,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <ListService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x3b391274_u32 => {
                call.run::<
                        __ListMethod_Add,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as List>::add(
                                &service,
                                ctx,
                                args.a,
                                args.b,
                                args.c,
                                args.d,
                                args.e,
                                args.f,
                            )
                            .await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[allow(deprecated, reason = "what is deprecated must be served all the same")]
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for ListServer<S>
where
    S: List,
{
    type Req = ListRequest;
    type Resp = ListResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: ListRequest,
    ) -> ::core::result::Result<ListResponse, ::ipc_rpc::__private::tarpc::ServerError> {
        match request {
            ListRequest::Add(args) => {
                ::core::result::Result::Ok(
                    ListResponse::Add(
                        <S as List>::add(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.a,
                                args.b,
                                args.c,
                                args.d,
                                args.e,
                                args.f,
                            )
                            .await,
                    ),
                )
            }
        }
    }
}
/// Names the service [`List`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct ListService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for ListService {
    type Request = ListRequest;
    type Response = ListResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__ListMethod_Add as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new(
            "List",
            1u32,
            "Keeps a list.\n\nIt is short.",
            METHODS,
        )
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for ListService {}
const _: () = {
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ::ipc_rpc::__private::assert_message::<u8>();
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ::ipc_rpc::__private::assert_message::<u8>();
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ::ipc_rpc::__private::assert_message::<u8>();
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ::ipc_rpc::__private::assert_message::<u8>();
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ::ipc_rpc::__private::assert_message::<u8>();
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ::ipc_rpc::__private::assert_message::<u8>();
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    ::ipc_rpc::__private::assert_message::<()>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum ListRequest {
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    Add(__ListArgs_Add),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for ListRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Add { .. } => "List.add",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for ListRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Add { .. } => f.write_str("List.add"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for ListRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Add { .. } => {
                const { &<__ListMethod_Add as ::ipc_rpc::__private::Method>::DESCRIPTOR }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Add(args) => encoder.args(args),
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
                    decoder.args::<__ListArgs_Add>().map(Self::Add),
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
pub enum ListResponse {
    #[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
    Add(()),
}
#[automatically_derived]
impl ::core::fmt::Debug for ListResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Add { .. } => f.write_str("List.add"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for ListResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Add(declared) => {
                encoder
                    .reply::<
                        <__ListMethod_Add as ::ipc_rpc::__private::Method>::Reply,
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
                            <__ListMethod_Add as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Add),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __ListArgs_Add {
    #[serde(rename = "first")]
    a: u8,
    #[serde(default)]
    b: u8,
    c: u8,
    d: u8,
    e: u8,
    f: u8,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __ListArgs_Add {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.a, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.b, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.c, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.d, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.e, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.f, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __ListArgs_Add {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__ListArgs_Add))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __ListMethod_Add;
#[allow(clippy::too_many_arguments, reason = "an entry has many fields")]
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __ListMethod_Add {
    type Service = ListService;
    type Args = __ListArgs_Add;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "add",
        0x3b391274_u32,
        0x509b78fa67ec2cf6_u64,
        "Adds an entry.",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(ListRequest::Add(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            ListResponse::Add(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
