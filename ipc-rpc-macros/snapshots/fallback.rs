::core::compile_error! {
    "an argument cannot borrow, as it travels between processes: found `&str`, take `String`"
}
::core::compile_error! {
    "found the pattern `(a, b)`, expected a name: it is what the argument is called on the wire"
}
::core::compile_error! {
    "there are two methods `fine`; both need a `#[cfg]` if they are alternatives, and otherwise one needs another name"
}
pub trait Broken: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn fine(
        &self,
        ctx: Context,
        a: u8,
    ) -> impl ::core::future::Future<Output = Result<u8, String>> + ::core::marker::Send;
    fn borrows(
        &self,
        ctx: Context,
        name: &str,
    ) -> impl ::core::future::Future<Output = u8> + ::core::marker::Send;
    fn has_pattern(
        &self,
        ctx: Context,
        _: (u8, u8),
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> BrokenServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        BrokenServer::new(self)
    }
}
/// Calls the service [`Broken`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BrokenClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for BrokenClient {
    type Definition = BrokenService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl BrokenClient {
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
            _ => false,
        }
    }
}
impl<C> BrokenClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
/// [`BrokenClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `BrokenClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BrokenBlockingClient {
    client: ::ipc_rpc::__private::Blocking<BrokenClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for BrokenClient {
    type Blocking = BrokenBlockingClient;
    fn into_blocking(self) -> BrokenBlockingClient {
        BrokenBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl BrokenBlockingClient {
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
}
/// Serves an implementation of [`Broken`] to peers. Clones share it.
pub struct BrokenServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> BrokenServer<S> {
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
impl<S> ::core::clone::Clone for BrokenServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for BrokenServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("BrokenServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for BrokenServer<S>
where
    S: Broken,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <BrokenService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for BrokenServer<S>
where
    S: Broken,
{
    type Req = BrokenRequest;
    type Resp = BrokenResponse;
    async fn serve(
        self,
        _: ::ipc_rpc::__private::tarpc::context::Context,
        request: BrokenRequest,
    ) -> ::core::result::Result<
        BrokenResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {}
    }
}
/// Names the service [`Broken`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct BrokenService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for BrokenService {
    type Request = BrokenRequest;
    type Response = BrokenResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[];
        &::ipc_rpc::__private::ServiceDescriptor::new("Broken", 1u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for BrokenService {}
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum BrokenRequest {}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for BrokenRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {}
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for BrokenRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {}
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for BrokenRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {}
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {}
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
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
pub enum BrokenResponse {}
#[automatically_derived]
impl ::core::fmt::Debug for BrokenResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {}
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for BrokenResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {}
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::ResponseDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            _ => ::core::option::Option::None,
        }
    }
}
#[allow(unused_variables, dead_code, reason = "stands in for what has errors")]
impl<C> BrokenClient<C> {
    ///
    /// # Errors
    ///
    /// Fails with the service's own error, or if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn fine(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: u8,
    ) -> ::core::result::Result<u8, ::ipc_rpc::__private::CallError<String>> {
        ::core::todo!()
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn borrows(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        name: &str,
    ) -> ::core::result::Result<u8, ::ipc_rpc::__private::CallError> {
        ::core::todo!()
    }
}
