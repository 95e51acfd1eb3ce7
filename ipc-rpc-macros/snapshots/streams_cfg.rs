pub trait Lines: ::core::marker::Send + ::core::marker::Sync + 'static {
    #[cfg(any())]
    fn all(
        &self,
        ctx: Context,
    ) -> impl ::core::future::Future<Output = Receiver<String>> + ::core::marker::Send;
    fn first(
        &self,
        ctx: Context,
    ) -> impl ::core::future::Future<Output = String> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> LinesServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        LinesServer::new(self)
    }
}
/// Calls the service [`Lines`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct LinesClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for LinesClient {
    type Definition = LinesService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl LinesClient {
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
            #[cfg(any())]
            "all" => {
                self.caller
                    .supports(
                        &<__LinesMethod_All as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "first" => {
                self.caller
                    .supports(
                        &<__LinesMethod_First as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> LinesClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> LinesClient<C>
where
    C: ::ipc_rpc::__private::Caller<LinesService>,
{
    #[cfg(any())]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    ///
    /// # Streams
    ///
    /// What is returned outlives the call: items arrive as fast as they are read and no faster, until the end, an error, or the drop of the receiver.
    pub async fn all(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<Receiver<String>, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            LinesService,
        >::call::<__LinesMethod_All>(&self.caller, ctx, __LinesArgs_All {})
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
    pub async fn first(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<String, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            LinesService,
        >::call::<__LinesMethod_First>(&self.caller, ctx, __LinesArgs_First {})
            .await
    }
}
/// [`LinesClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `LinesClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct LinesBlockingClient {
    client: ::ipc_rpc::__private::Blocking<LinesClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for LinesClient {
    type Blocking = LinesBlockingClient;
    fn into_blocking(self) -> LinesBlockingClient {
        LinesBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl LinesBlockingClient {
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
    #[cfg(any())]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Streams
    ///
    /// What is returned outlives the call: items arrive as fast as they are read and no faster, until the end, an error, or the drop of the receiver.
    #[inline]
    pub fn all(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<Receiver<String>, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().all(ctx))
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn first(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<String, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().first(ctx))
    }
}
/// Serves an implementation of [`Lines`] to peers. Clones share it.
pub struct LinesServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> LinesServer<S> {
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
impl<S> ::core::clone::Clone for LinesServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for LinesServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("LinesServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for LinesServer<S>
where
    S: Lines,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <LinesService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            #[cfg(any())]
            0x13254bc4_u32 => {
                call.run::<
                        __LinesMethod_All,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, _| async move {
                        <S as Lines>::all(&service, ctx).await
                    },
                )
            }
            0x4881d841_u32 => {
                call.run::<
                        __LinesMethod_First,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, _| async move {
                        <S as Lines>::first(&service, ctx).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
/// Names the service [`Lines`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct LinesService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for LinesService {
    type Request = ::ipc_rpc::__private::NoMessage;
    type Response = ::ipc_rpc::__private::NoMessage;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            #[cfg(any())]
            <__LinesMethod_All as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__LinesMethod_First as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Lines", 1u32, "", METHODS)
    };
}
const _: () = {
    #[cfg(any())] ::ipc_rpc::__private::assert_message::<String>();
    ::ipc_rpc::__private::assert_message::<String>();
};
#[cfg(any())]
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __LinesArgs_All {}
#[cfg(any())]
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __LinesArgs_All {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
}
#[cfg(any())]
#[automatically_derived]
impl ::core::fmt::Debug for __LinesArgs_All {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__LinesArgs_All))
    }
}
#[cfg(any())]
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __LinesMethod_All;
#[cfg(any())]
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __LinesMethod_All {
    type Service = LinesService;
    type Args = __LinesArgs_All;
    type Reply = ::ipc_rpc::__private::Streaming<String>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "all",
        0x13254bc4_u32,
        0x8162c7f75974a083_u64,
        "",
    );
    fn request(
        _: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::None
    }
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {}
    }
}
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __LinesArgs_First {}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __LinesArgs_First {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
}
#[automatically_derived]
impl ::core::fmt::Debug for __LinesArgs_First {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__LinesArgs_First))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __LinesMethod_First;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __LinesMethod_First {
    type Service = LinesService;
    type Args = __LinesArgs_First;
    type Reply = ::ipc_rpc::__private::Plain<String>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "first",
        0x4881d841_u32,
        0x96f4bf67e958ebce_u64,
        "",
    );
    fn request(
        _: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::None
    }
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {}
    }
}
