pub trait Jobs: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn wait(
        &self,
        ctx: Context,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    fn compute(
        &self,
        ctx: Context,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> JobsServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        JobsServer::new(self)
    }
}
/// Calls the service [`Jobs`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct JobsClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for JobsClient {
    type Definition = JobsService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl JobsClient {
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
            "wait" => {
                self.caller
                    .supports(
                        &<__JobsMethod_Wait as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "compute" => {
                self.caller
                    .supports(
                        &<__JobsMethod_Compute as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> JobsClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> JobsClient<C>
where
    C: ::ipc_rpc::__private::Caller<JobsService>,
{
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn wait(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            JobsService,
        >::call::<__JobsMethod_Wait>(&self.caller, ctx, __JobsArgs_Wait {})
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
    pub async fn compute(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            JobsService,
        >::call::<__JobsMethod_Compute>(&self.caller, ctx, __JobsArgs_Compute {})
            .await
    }
}
/// [`JobsClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `JobsClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct JobsBlockingClient {
    client: ::ipc_rpc::__private::Blocking<JobsClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for JobsClient {
    type Blocking = JobsBlockingClient;
    fn into_blocking(self) -> JobsBlockingClient {
        JobsBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl JobsBlockingClient {
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
    pub fn wait(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().wait(ctx))
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn compute(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().compute(ctx))
    }
}
/// Serves an implementation of [`Jobs`] to peers. Clones share it.
pub struct JobsServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> JobsServer<S> {
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
impl<S> ::core::clone::Clone for JobsServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for JobsServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("JobsServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for JobsServer<S>
where
    S: Jobs,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <JobsService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x892e4ca0_u32 => {
                call.run::<
                        __JobsMethod_Wait,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, _| async move {
                        <S as Jobs>::wait(&service, ctx).await
                    },
                )
            }
            0x4463ef7a_u32 => {
                call.run::<
                        __JobsMethod_Compute,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, _| async move {
                        <S as Jobs>::compute(&service, ctx).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for JobsServer<S>
where
    S: Jobs,
{
    type Req = JobsRequest;
    type Resp = JobsResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: JobsRequest,
    ) -> ::core::result::Result<JobsResponse, ::ipc_rpc::__private::tarpc::ServerError> {
        match request {
            JobsRequest::Wait(_) => {
                ::core::result::Result::Ok(
                    JobsResponse::Wait(
                        <S as Jobs>::wait(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
                                    _,
                                >>::from(ctx),
                            )
                            .await,
                    ),
                )
            }
            JobsRequest::Compute(_) => {
                ::core::result::Result::Ok(
                    JobsResponse::Compute(
                        <S as Jobs>::compute(
                                &self.service,
                                <::ipc_rpc::__private::Context as ::core::convert::From<
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
/// Names the service [`Jobs`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct JobsService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for JobsService {
    type Request = JobsRequest;
    type Response = JobsResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__JobsMethod_Wait as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__JobsMethod_Compute as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Jobs", 3u32, "", METHODS)
    };
}
#[automatically_derived]
impl ::ipc_rpc::__private::WithoutStreams for JobsService {}
const _: () = {
    ::ipc_rpc::__private::assert_message::<()>();
    ::ipc_rpc::__private::assert_message::<()>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum JobsRequest {
    Wait(__JobsArgs_Wait),
    Compute(__JobsArgs_Compute),
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for JobsRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Wait { .. } => "Jobs.wait",
            Self::Compute { .. } => "Jobs.compute",
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for JobsRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Wait { .. } => f.write_str("Jobs.wait"),
            Self::Compute { .. } => f.write_str("Jobs.compute"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for JobsRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Wait { .. } => {
                const {
                    &<__JobsMethod_Wait as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
            Self::Compute { .. } => {
                const {
                    &<__JobsMethod_Compute as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Wait(args) => encoder.args(args),
            Self::Compute(args) => encoder.args(args),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x892e4ca0_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__JobsArgs_Wait>().map(Self::Wait),
                )
            }
            0x4463ef7a_u32 => {
                ::core::option::Option::Some(
                    decoder.args::<__JobsArgs_Compute>().map(Self::Compute),
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
pub enum JobsResponse {
    Wait(()),
    Compute(()),
}
#[automatically_derived]
impl ::core::fmt::Debug for JobsResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Wait { .. } => f.write_str("Jobs.wait"),
            Self::Compute { .. } => f.write_str("Jobs.compute"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for JobsResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Wait(declared) => {
                encoder
                    .reply::<
                        <__JobsMethod_Wait as ::ipc_rpc::__private::Method>::Reply,
                    >(declared)
            }
            Self::Compute(declared) => {
                encoder
                    .reply::<
                        <__JobsMethod_Compute as ::ipc_rpc::__private::Method>::Reply,
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
            0x892e4ca0_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__JobsMethod_Wait as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Wait),
                )
            }
            0x4463ef7a_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__JobsMethod_Compute as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Compute),
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
pub struct __JobsArgs_Wait {}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __JobsArgs_Wait {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
}
#[automatically_derived]
impl ::core::fmt::Debug for __JobsArgs_Wait {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__JobsArgs_Wait))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __JobsMethod_Wait;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __JobsMethod_Wait {
    type Service = JobsService;
    type Args = __JobsArgs_Wait;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "wait",
            0x892e4ca0_u32,
            0x83c0dc8bf9e46d65_u64,
            "",
        )
        .idempotent()
        .timeout(::core::time::Duration::new(300, 0));
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(JobsRequest::Wait(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            JobsResponse::Wait(declared) => ::core::option::Option::Some(declared),
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
pub struct __JobsArgs_Compute {}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __JobsArgs_Compute {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
}
#[automatically_derived]
impl ::core::fmt::Debug for __JobsArgs_Compute {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__JobsArgs_Compute))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __JobsMethod_Compute;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __JobsMethod_Compute {
    type Service = JobsService;
    type Args = __JobsArgs_Compute;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "compute",
            0x4463ef7a_u32,
            0x4b4154524f943ed3_u64,
            "",
        )
        .spawn()
        .without_timeout()
        .since(3u32);
    fn request(
        args: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(JobsRequest::Compute(args))
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            JobsResponse::Compute(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
