pub(crate) trait Files: ::core::marker::Send + ::core::marker::Sync + 'static {
    #[cfg(unix)]
    fn mode(
        &self,
        ctx: Context,
        path: String,
    ) -> impl ::core::future::Future<Output = u32> + ::core::marker::Send;
    #[cfg(not(unix))]
    fn mode(
        &self,
        ctx: Context,
        path: String,
    ) -> impl ::core::future::Future<Output = bool> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> FilesServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        FilesServer::new(self)
    }
}
/// Calls the service [`Files`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(crate) struct FilesClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for FilesClient {
    type Definition = FilesService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl FilesClient {
    /// Connects to the service at this place, once what is returned is awaited: a name, a
    /// `SocketName`, or a `memory::Address`.
    pub(crate) fn connect(
        name: impl ::ipc_rpc::__private::IntoEndpoint,
    ) -> ::ipc_rpc::__private::Connect<Self> {
        ::ipc_rpc::__private::Connect::new(name)
    }
    /// The connection that calls travel over: of a client that connects again the one there
    /// is, or the last that there was.
    pub(crate) fn connection(&self) -> ::ipc_rpc::__private::Connection {
        self.caller.connection()
    }
    /// Whether the peer has the method with this name on the wire.
    pub(crate) fn supports(
        &self,
        method: &::core::primitive::str,
    ) -> ::core::primitive::bool {
        match method {
            #[cfg(unix)]
            "mode" => {
                self.caller
                    .supports(
                        &<__FilesMethod_Mode as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            #[cfg(not(unix))]
            "mode" => {
                self.caller
                    .supports(
                        &<__FilesMethod_Mode as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> FilesClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub(crate) fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> FilesClient<C>
where
    C: ::ipc_rpc::__private::Caller<FilesService>,
{
    #[cfg(unix)]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub(crate) async fn mode(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        path: String,
    ) -> ::core::result::Result<u32, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            FilesService,
        >::call::<__FilesMethod_Mode>(&self.caller, ctx, __FilesArgs_Mode { path })
            .await
    }
    #[cfg(not(unix))]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub(crate) async fn mode(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        path: String,
    ) -> ::core::result::Result<bool, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            FilesService,
        >::call::<__FilesMethod_Mode>(&self.caller, ctx, __FilesArgs_Mode { path })
            .await
    }
}
/// [`FilesClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `FilesClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(crate) struct FilesBlockingClient {
    client: ::ipc_rpc::__private::Blocking<FilesClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for FilesClient {
    type Blocking = FilesBlockingClient;
    fn into_blocking(self) -> FilesBlockingClient {
        FilesBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl FilesBlockingClient {
    /// The connection that calls travel over.
    #[inline]
    pub(crate) fn connection(&self) -> ::ipc_rpc::__private::BlockingConnection {
        self.client.connection()
    }
    /// Whether the peer has the method with this name on the wire.
    #[inline]
    pub(crate) fn supports(
        &self,
        method: &::core::primitive::str,
    ) -> ::core::primitive::bool {
        self.client.client().supports(method)
    }
    #[cfg(unix)]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub(crate) fn mode(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        path: String,
    ) -> ::core::result::Result<u32, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().mode(ctx, path))
    }
    #[cfg(not(unix))]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub(crate) fn mode(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        path: String,
    ) -> ::core::result::Result<bool, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().mode(ctx, path))
    }
}
/// Serves an implementation of [`Files`] to peers. Clones share it.
pub(crate) struct FilesServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> FilesServer<S> {
    /// Makes a server of `service`.
    pub(crate) fn new(service: S) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Makes a server of a service that is used elsewhere, too.
    pub(crate) fn from_arc(service: ::std::sync::Arc<S>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<S> ::core::clone::Clone for FilesServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for FilesServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("FilesServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for FilesServer<S>
where
    S: Files,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <FilesService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            #[cfg(unix)]
            0xec6ee012_u32 => {
                call.run::<
                        __FilesMethod_Mode,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Files>::mode(&service, ctx, args.path).await
                    },
                )
            }
            #[cfg(not(unix))]
            0xec6ee012_u32 => {
                call.run::<
                        __FilesMethod_Mode,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Files>::mode(&service, ctx, args.path).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for FilesServer<S>
where
    S: Files,
{
    type Req = FilesRequest;
    type Resp = FilesResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: FilesRequest,
    ) -> ::core::result::Result<
        FilesResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {
            #[cfg(unix)]
            FilesRequest::Mode(args) => {
                ::core::result::Result::Ok(
                    FilesResponse::Mode(
                        <S as Files>::mode(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.path,
                            )
                            .await,
                    ),
                )
            }
            #[cfg(not(unix))]
            FilesRequest::Mode(args) => {
                ::core::result::Result::Ok(
                    FilesResponse::Mode(
                        <S as Files>::mode(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                                args.path,
                            )
                            .await,
                    ),
                )
            }
        }
    }
}
/// Names the service [`Files`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub(crate) struct FilesService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for FilesService {
    type Request = FilesRequest;
    type Response = FilesResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            #[cfg(unix)]
            <__FilesMethod_Mode as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            #[cfg(not(unix))]
            <__FilesMethod_Mode as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Files", 1u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for FilesService {}
const _: () = {
    #[cfg(unix)] ::ipc_rpc::__private::assert_message::<String>();
    #[cfg(unix)] ::ipc_rpc::__private::assert_message::<u32>();
    #[cfg(not(unix))] ::ipc_rpc::__private::assert_message::<String>();
    #[cfg(not(unix))] ::ipc_rpc::__private::assert_message::<bool>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub(crate) enum FilesRequest {
    #[cfg(unix)]
    Mode(__FilesArgs_Mode),
    #[cfg(not(unix))]
    Mode(__FilesArgs_Mode),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for FilesRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            #[cfg(unix)]
            Self::Mode { .. } => "Files.mode",
            #[cfg(not(unix))]
            Self::Mode { .. } => "Files.mode",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for FilesRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            #[cfg(unix)]
            Self::Mode { .. } => f.write_str("Files.mode"),
            #[cfg(not(unix))]
            Self::Mode { .. } => f.write_str("Files.mode"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for FilesRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            #[cfg(unix)]
            Self::Mode { .. } => {
                const {
                    &<__FilesMethod_Mode as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
            #[cfg(not(unix))]
            Self::Mode { .. } => {
                const {
                    &<__FilesMethod_Mode as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            #[cfg(unix)]
            Self::Mode(args) => encoder.args(args),
            #[cfg(not(unix))]
            Self::Mode(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            #[cfg(unix)]
            0xec6ee012_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__FilesArgs_Mode>().map(Self::Mode),
                )
            }
            #[cfg(not(unix))]
            0xec6ee012_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__FilesArgs_Mode>().map(Self::Mode),
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
pub(crate) enum FilesResponse {
    #[cfg(unix)]
    Mode(u32),
    #[cfg(not(unix))]
    Mode(bool),
}
#[automatically_derived]
impl ::core::fmt::Debug for FilesResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            #[cfg(unix)]
            Self::Mode { .. } => f.write_str("Files.mode"),
            #[cfg(not(unix))]
            Self::Mode { .. } => f.write_str("Files.mode"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for FilesResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            #[cfg(unix)]
            Self::Mode(declared) => {
                encoder
                    .reply::<
                        <__FilesMethod_Mode as ::ipc_rpc::__private::Method>::Reply,
                    >(declared)
            }
            #[cfg(not(unix))]
            Self::Mode(declared) => {
                encoder
                    .reply::<
                        <__FilesMethod_Mode as ::ipc_rpc::__private::Method>::Reply,
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
            #[cfg(unix)]
            0xec6ee012_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__FilesMethod_Mode as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Mode),
                )
            }
            #[cfg(not(unix))]
            0xec6ee012_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__FilesMethod_Mode as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Mode),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[cfg(unix)]
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub(crate) struct __FilesArgs_Mode {
    path: String,
}
#[cfg(unix)]
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __FilesArgs_Mode {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.path, visit);
    }
}
#[cfg(unix)]
#[automatically_derived]
impl ::core::fmt::Debug for __FilesArgs_Mode {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__FilesArgs_Mode))
    }
}
#[cfg(unix)]
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub(crate) struct __FilesMethod_Mode;
#[cfg(unix)]
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __FilesMethod_Mode {
    type Service = FilesService;
    type Args = __FilesArgs_Mode;
    type Reply = ::ipc_rpc::__private::Plain<u32>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "mode",
        0xec6ee012_u32,
        0x8ff5b649bcdb05b6_u64,
        "",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(FilesRequest::Mode(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            FilesResponse::Mode(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
#[cfg(not(unix))]
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub(crate) struct __FilesArgs_Mode {
    path: String,
}
#[cfg(not(unix))]
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __FilesArgs_Mode {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.path, visit);
    }
}
#[cfg(not(unix))]
#[automatically_derived]
impl ::core::fmt::Debug for __FilesArgs_Mode {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__FilesArgs_Mode))
    }
}
#[cfg(not(unix))]
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub(crate) struct __FilesMethod_Mode;
#[cfg(not(unix))]
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __FilesMethod_Mode {
    type Service = FilesService;
    type Args = __FilesArgs_Mode;
    type Reply = ::ipc_rpc::__private::Plain<bool>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "mode",
        0xec6ee012_u32,
        0xc64291fcc6d8fe8c_u64,
        "",
    );
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(FilesRequest::Mode(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            FilesResponse::Mode(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
