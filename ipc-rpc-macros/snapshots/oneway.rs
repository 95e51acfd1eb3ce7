pub trait Log: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn note(
        &self,
        ctx: Context,
        line: String,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> LogServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        LogServer::new(self)
    }
}
/// Calls the service [`Log`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct LogClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for LogClient {
    type Definition = LogService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl LogClient {
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
            "note" => {
                self.caller
                    .supports(
                        &<__LogMethod_Note as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> LogClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> LogClient<C>
where
    C: ::ipc_rpc::__private::Caller<LogService>,
{
    ///
    /// # Errors
    ///
    /// Fails if the call cannot be sent. What becomes of it then is not known here.
    ///
    /// # Cancel safety
    ///
    /// A call that was not sent yet when the future is dropped is never sent.
    pub async fn note(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        line: String,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            LogService,
        >::call::<__LogMethod_Note>(&self.caller, ctx, __LogArgs_Note { line })
            .await
    }
}
/// [`LogClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `LogClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct LogBlockingClient {
    client: ::ipc_rpc::__private::Blocking<LogClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for LogClient {
    type Blocking = LogBlockingClient;
    fn into_blocking(self) -> LogBlockingClient {
        LogBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl LogBlockingClient {
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
    /// Fails if the call cannot be sent. What becomes of it then is not known here.
    #[inline]
    pub fn note(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        line: String,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().note(ctx, line))
    }
}
/// Serves an implementation of [`Log`] to peers. Clones share it.
pub struct LogServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> LogServer<S> {
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
impl<S> ::core::clone::Clone for LogServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for LogServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("LogServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for LogServer<S>
where
    S: Log,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <LogService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x919a0c3d_u32 => {
                call.run::<
                        __LogMethod_Note,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Log>::note(&service, ctx, args.line).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for LogServer<S>
where
    S: Log,
{
    type Req = LogRequest;
    type Resp = LogResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: LogRequest,
    ) -> ::core::result::Result<LogResponse, ::ipc_rpc::__private::tarpc::ServerError> {
        match request {
            LogRequest::Note(args) => {
                ::core::result::Result::Ok(
                    LogResponse::Note(
                        <S as Log>::note(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.line,
                            )
                            .await,
                    ),
                )
            }
        }
    }
}
/// Names the service [`Log`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct LogService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for LogService {
    type Request = LogRequest;
    type Response = LogResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__LogMethod_Note as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Log", 1u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for LogService {}
const _: () = {
    ::ipc_rpc::__private::assert_message::<String>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum LogRequest {
    Note(__LogArgs_Note),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for LogRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Note { .. } => "Log.note",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for LogRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Note { .. } => f.write_str("Log.note"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for LogRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Note { .. } => {
                const { &<__LogMethod_Note as ::ipc_rpc::__private::Method>::DESCRIPTOR }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Note(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x919a0c3d_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__LogArgs_Note>().map(Self::Note),
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
pub enum LogResponse {
    Note(()),
}
#[automatically_derived]
impl ::core::fmt::Debug for LogResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Note { .. } => f.write_str("Log.note"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for LogResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Note(declared) => {
                encoder
                    .reply::<
                        <__LogMethod_Note as ::ipc_rpc::__private::Method>::Reply,
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
            0x919a0c3d_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__LogMethod_Note as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Note),
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
pub struct __LogArgs_Note {
    line: String,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __LogArgs_Note {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.line, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __LogArgs_Note {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__LogArgs_Note))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __LogMethod_Note;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __LogMethod_Note {
    type Service = LogService;
    type Args = __LogArgs_Note;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "note",
            0x919a0c3d_u32,
            0x4dcf236667ca7a3e_u64,
            "",
        )
        .oneway();
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(LogRequest::Note(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            LogResponse::Note(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
