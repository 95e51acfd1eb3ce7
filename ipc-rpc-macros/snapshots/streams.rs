pub trait Numbers: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn primes(
        &self,
        ctx: Context,
        limit: u64,
    ) -> impl ::core::future::Future<Output = Receiver<u64>> + ::core::marker::Send;
    fn sum(
        &self,
        ctx: Context,
        numbers: Receiver<i64>,
    ) -> impl ::core::future::Future<Output = i64> + ::core::marker::Send;
    fn echo(
        &self,
        ctx: Context,
        a: Receiver<u8>,
        n: u32,
        b: ipc_rpc::Receiver<Bytes>,
    ) -> impl ::core::future::Future<
        Output = Result<Receiver<String>, E>,
    > + ::core::marker::Send;
    /// Follows a log.
    ///
    /// # Errors
    ///
    /// Never fails.
    fn follow(
        &self,
        ctx: Context,
        lines: Receiver<String>,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    #[cfg(unix)]
    fn digest(&self, ctx: Context, key: u64, chunks: Receiver<Vec<u8>>) -> Receiver<u64>;
    fn ping(
        &self,
        ctx: Context,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> NumbersServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        NumbersServer::new(self)
    }
}
/// Calls the service [`Numbers`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct NumbersClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for NumbersClient {
    type Definition = NumbersService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl NumbersClient {
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
            "primes" => {
                self.caller
                    .supports(
                        &<__NumbersMethod_Primes as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "sum" => {
                self.caller
                    .supports(
                        &<__NumbersMethod_Sum as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "echo" => {
                self.caller
                    .supports(
                        &<__NumbersMethod_Echo as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "follow" => {
                self.caller
                    .supports(
                        &<__NumbersMethod_Follow as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            #[cfg(unix)]
            "digest" => {
                self.caller
                    .supports(
                        &<__NumbersMethod_Digest as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "ping" => {
                self.caller
                    .supports(
                        &<__NumbersMethod_Ping as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> NumbersClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> NumbersClient<C>
where
    C: ::ipc_rpc::__private::Caller<NumbersService>,
{
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
    pub async fn primes(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        limit: u64,
    ) -> ::core::result::Result<Receiver<u64>, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            NumbersService,
        >::call::<
            __NumbersMethod_Primes,
        >(&self.caller, ctx, __NumbersArgs_Primes { limit })
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
    ///
    /// # Streams
    ///
    /// Items are sent as fast as the service reads them. The call has no deadline unless its context sets one.
    pub async fn sum(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        numbers: Receiver<i64>,
    ) -> ::core::result::Result<i64, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            NumbersService,
        >::call::<__NumbersMethod_Sum>(&self.caller, ctx, __NumbersArgs_Sum { numbers })
            .await
    }
    ///
    /// # Errors
    ///
    /// Fails with the service's own error, or if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    ///
    /// # Streams
    ///
    /// What is returned outlives the call: items arrive as fast as they are read and no faster, until the end, an error, or the drop of the receiver.
    ///
    /// Items are sent as fast as the service reads them.
    pub async fn echo(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: Receiver<u8>,
        n: u32,
        b: ipc_rpc::Receiver<Bytes>,
    ) -> ::core::result::Result<Receiver<String>, ::ipc_rpc::__private::CallError<E>> {
        ::ipc_rpc::__private::Caller::<
            NumbersService,
        >::call::<
            __NumbersMethod_Echo,
        >(&self.caller, ctx, __NumbersArgs_Echo { a, n, b })
            .await
    }
    /// Follows a log.
    ///
    /// # Errors
    ///
    /// Never fails.
    ///
    /// # Streams
    ///
    /// Items are sent as fast as the service reads them. The call has no deadline unless its context sets one.
    pub async fn follow(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        lines: Receiver<String>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            NumbersService,
        >::call::<
            __NumbersMethod_Follow,
        >(&self.caller, ctx, __NumbersArgs_Follow { lines })
            .await
    }
    #[cfg(unix)]
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
    ///
    /// Items are sent as fast as the service reads them. The call has no deadline unless its context sets one.
    pub async fn digest(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        key: u64,
        chunks: Receiver<Vec<u8>>,
    ) -> ::core::result::Result<Receiver<u64>, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            NumbersService,
        >::call::<
            __NumbersMethod_Digest,
        >(
                &self.caller,
                ctx,
                __NumbersArgs_Digest {
                    key,
                    chunks,
                },
            )
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
    pub async fn ping(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            NumbersService,
        >::call::<__NumbersMethod_Ping>(&self.caller, ctx, __NumbersArgs_Ping {})
            .await
    }
}
/// [`NumbersClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `NumbersClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct NumbersBlockingClient {
    client: ::ipc_rpc::__private::Blocking<NumbersClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for NumbersClient {
    type Blocking = NumbersBlockingClient;
    fn into_blocking(self) -> NumbersBlockingClient {
        NumbersBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
impl NumbersBlockingClient {
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
    ///
    /// # Streams
    ///
    /// What is returned outlives the call: items arrive as fast as they are read and no faster, until the end, an error, or the drop of the receiver.
    #[inline]
    pub fn primes(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        limit: u64,
    ) -> ::core::result::Result<Receiver<u64>, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().primes(ctx, limit))
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Streams
    ///
    /// Items are sent as fast as the service reads them. The call has no deadline unless its context sets one.
    #[inline]
    pub fn sum(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        numbers: Receiver<i64>,
    ) -> ::core::result::Result<i64, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().sum(ctx, numbers))
    }
    ///
    /// # Errors
    ///
    /// Fails with the service's own error, or if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Streams
    ///
    /// What is returned outlives the call: items arrive as fast as they are read and no faster, until the end, an error, or the drop of the receiver.
    ///
    /// Items are sent as fast as the service reads them.
    #[inline]
    pub fn echo(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        a: Receiver<u8>,
        n: u32,
        b: ipc_rpc::Receiver<Bytes>,
    ) -> ::core::result::Result<Receiver<String>, ::ipc_rpc::__private::CallError<E>> {
        self.client.wait(self.client.client().echo(ctx, a, n, b))
    }
    /// Follows a log.
    ///
    /// # Errors
    ///
    /// Never fails.
    ///
    /// # Streams
    ///
    /// Items are sent as fast as the service reads them. The call has no deadline unless its context sets one.
    #[inline]
    pub fn follow(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        lines: Receiver<String>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().follow(ctx, lines))
    }
    #[cfg(unix)]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Streams
    ///
    /// What is returned outlives the call: items arrive as fast as they are read and no faster, until the end, an error, or the drop of the receiver.
    ///
    /// Items are sent as fast as the service reads them. The call has no deadline unless its context sets one.
    #[inline]
    pub fn digest(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        key: u64,
        chunks: Receiver<Vec<u8>>,
    ) -> ::core::result::Result<Receiver<u64>, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().digest(ctx, key, chunks))
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn ping(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().ping(ctx))
    }
}
/// Serves an implementation of [`Numbers`] to peers. Clones share it.
pub struct NumbersServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> NumbersServer<S> {
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
impl<S> ::core::clone::Clone for NumbersServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for NumbersServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("NumbersServer").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for NumbersServer<S>
where
    S: Numbers,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <NumbersService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x29bc8d89_u32 => {
                call.run::<
                        __NumbersMethod_Primes,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Numbers>::primes(&service, ctx, args.limit).await
                    },
                )
            }
            0xdd4e3aa8_u32 => {
                call.run::<
                        __NumbersMethod_Sum,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Numbers>::sum(&service, ctx, args.numbers).await
                    },
                )
            }
            0xd49dd484_u32 => {
                call.run::<
                        __NumbersMethod_Echo,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Numbers>::echo(&service, ctx, args.a, args.n, args.b).await
                    },
                )
            }
            0x5b6c4f70_u32 => {
                call.run::<
                        __NumbersMethod_Follow,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Numbers>::follow(&service, ctx, args.lines).await
                    },
                )
            }
            #[cfg(unix)]
            0xf92455dd_u32 => {
                call.run_blocking::<
                        __NumbersMethod_Digest,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| <S as Numbers>::digest(
                        &service,
                        ctx,
                        args.key,
                        args.chunks,
                    ),
                )
            }
            0x165df089_u32 => {
                call.run::<
                        __NumbersMethod_Ping,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, _| async move {
                        <S as Numbers>::ping(&service, ctx).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
/// Names the service [`Numbers`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct NumbersService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for NumbersService {
    type Request = ::ipc_rpc::__private::NoMessage;
    type Response = ::ipc_rpc::__private::NoMessage;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__NumbersMethod_Primes as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__NumbersMethod_Sum as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__NumbersMethod_Echo as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__NumbersMethod_Follow as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            #[cfg(unix)]
            <__NumbersMethod_Digest as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__NumbersMethod_Ping as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("Numbers", 1u32, "", METHODS)
    };
}
const _: () = {
    ::ipc_rpc::__private::assert_message::<u64>();
    ::ipc_rpc::__private::assert_message::<u64>();
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<u8>();
    ::ipc_rpc::__private::assert_message::<u32>();
    ::ipc_rpc::__private::assert_message::<Bytes>();
    ::ipc_rpc::__private::assert_message::<String>();
    ::ipc_rpc::__private::assert_message::<E>();
    ::ipc_rpc::__private::assert_message::<String>();
    #[cfg(unix)] ::ipc_rpc::__private::assert_message::<u64>();
    #[cfg(unix)] ::ipc_rpc::__private::assert_message::<Vec<u8>>();
    #[cfg(unix)] ::ipc_rpc::__private::assert_message::<u64>();
    ::ipc_rpc::__private::assert_message::<()>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __NumbersArgs_Primes {
    limit: u64,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __NumbersArgs_Primes {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.limit, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __NumbersArgs_Primes {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__NumbersArgs_Primes))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __NumbersMethod_Primes;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __NumbersMethod_Primes {
    type Service = NumbersService;
    type Args = __NumbersArgs_Primes;
    type Reply = ::ipc_rpc::__private::Streaming<u64>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "primes",
        0x29bc8d89_u32,
        0x56d02a295b9130c6_u64,
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
pub struct __NumbersArgs_Sum {
    #[serde(skip)]
    numbers: Receiver<i64>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __NumbersArgs_Sum {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
    fn each_stream(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(&mut dyn ::ipc_rpc::__private::AnyReceiver),
    ) {
        visit(&mut self.numbers);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __NumbersArgs_Sum {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__NumbersArgs_Sum))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __NumbersMethod_Sum;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __NumbersMethod_Sum {
    type Service = NumbersService;
    type Args = __NumbersArgs_Sum;
    type Reply = ::ipc_rpc::__private::Plain<i64>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "sum",
            0xdd4e3aa8_u32,
            0x46a843a44c13fb0e_u64,
            "",
        )
        .without_timeout();
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
pub struct __NumbersArgs_Echo {
    #[serde(skip)]
    a: Receiver<u8>,
    #[serde(default)]
    n: u32,
    #[serde(skip)]
    b: ipc_rpc::Receiver<Bytes>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __NumbersArgs_Echo {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.n, visit);
    }
    fn each_stream(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(&mut dyn ::ipc_rpc::__private::AnyReceiver),
    ) {
        visit(&mut self.a);
        visit(&mut self.b);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __NumbersArgs_Echo {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__NumbersArgs_Echo))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __NumbersMethod_Echo;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __NumbersMethod_Echo {
    type Service = NumbersService;
    type Args = __NumbersArgs_Echo;
    type Reply = ::ipc_rpc::__private::FallibleStreaming<String, E>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "echo",
            0xd49dd484_u32,
            0x2cf9d7f73ae5aa82_u64,
            "",
        )
        .timeout(::core::time::Duration::new(60, 0));
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
pub struct __NumbersArgs_Follow {
    #[serde(skip)]
    lines: Receiver<String>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __NumbersArgs_Follow {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
    fn each_stream(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(&mut dyn ::ipc_rpc::__private::AnyReceiver),
    ) {
        visit(&mut self.lines);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __NumbersArgs_Follow {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__NumbersArgs_Follow))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __NumbersMethod_Follow;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __NumbersMethod_Follow {
    type Service = NumbersService;
    type Args = __NumbersArgs_Follow;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "follow",
            0x5b6c4f70_u32,
            0x42cfe7f6b0e5616e_u64,
            "Follows a log.\n\n# Errors\n\nNever fails.",
        )
        .oneway()
        .spawn()
        .without_timeout();
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
#[cfg(unix)]
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __NumbersArgs_Digest {
    key: u64,
    #[serde(skip)]
    chunks: Receiver<Vec<u8>>,
}
#[cfg(unix)]
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __NumbersArgs_Digest {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.key, visit);
    }
    fn each_stream(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(&mut dyn ::ipc_rpc::__private::AnyReceiver),
    ) {
        visit(&mut self.chunks);
    }
}
#[cfg(unix)]
#[automatically_derived]
impl ::core::fmt::Debug for __NumbersArgs_Digest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__NumbersArgs_Digest))
    }
}
#[cfg(unix)]
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __NumbersMethod_Digest;
#[cfg(unix)]
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __NumbersMethod_Digest {
    type Service = NumbersService;
    type Args = __NumbersArgs_Digest;
    type Reply = ::ipc_rpc::__private::Streaming<u64>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "digest",
            0xf92455dd_u32,
            0xd34a51e651b383df_u64,
            "",
        )
        .blocking()
        .without_timeout();
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
pub struct __NumbersArgs_Ping {}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __NumbersArgs_Ping {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
}
#[automatically_derived]
impl ::core::fmt::Debug for __NumbersArgs_Ping {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__NumbersArgs_Ping))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __NumbersMethod_Ping;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __NumbersMethod_Ping {
    type Service = NumbersService;
    type Args = __NumbersArgs_Ping;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "ping",
        0x165df089_u32,
        0xf4c765f27a0e4cf8_u64,
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
