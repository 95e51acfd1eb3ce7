/// Counts.
pub trait Counter: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Adds.
    ///
    /// Returns the total.
    #[deprecated]
    fn add(
        &self,
        ctx: Context,
        amount: i64,
        r#type: u8,
    ) -> impl ::core::future::Future<Output = i64> + ::core::marker::Send;
    fn divide(
        &self,
        ctx: Context,
        by: i64,
    ) -> impl ::core::future::Future<
        Output = Result<i64, DivideError>,
    > + ::core::marker::Send;
    /// Is not answered.
    fn note(
        &self,
        ctx: Context,
        line: String,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    #[cfg(unix)]
    fn sum(&self, ctx: Context, numbers: Receiver<i64>) -> Receiver<i64>;
    fn stop(
        &self,
        ctx: Context,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> CounterServer<Self>
    where
        Self: ::core::marker::Sized,
    {
        CounterServer::new(self)
    }
}
/// Calls the service [`Counter`] of a peer. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct CounterClient<C = ::ipc_rpc::__private::Lane> {
    caller: C,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Client for CounterClient {
    type Definition = CounterService;
    fn from_lane(lane: ::ipc_rpc::__private::Lane) -> Self {
        Self { caller: lane }
    }
}
impl CounterClient {
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
                        &<__CounterMethod_Add as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "divide" => {
                self.caller
                    .supports(
                        &<__CounterMethod_Divide as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "note" => {
                self.caller
                    .supports(
                        &<__CounterMethod_Note as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            #[cfg(unix)]
            "sum" => {
                self.caller
                    .supports(
                        &<__CounterMethod_Sum as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            "stop" => {
                self.caller
                    .supports(
                        &<__CounterMethod_Stop as ::ipc_rpc::__private::Method>::DESCRIPTOR,
                    )
            }
            _ => false,
        }
    }
}
impl<C> CounterClient<C> {
    /// Makes a client whose calls are carried by `caller`.
    pub fn over(caller: C) -> Self {
        Self { caller }
    }
}
impl<C> CounterClient<C>
where
    C: ::ipc_rpc::__private::Caller<CounterService>,
{
    /// Adds.
    ///
    /// Returns the total.
    #[deprecated]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which the peer may have run by then.
    pub async fn add(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        amount: i64,
        r#type: u8,
    ) -> ::core::result::Result<i64, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            CounterService,
        >::call::<
            __CounterMethod_Add,
        >(
                &self.caller,
                ctx,
                __CounterArgs_Add {
                    amount,
                    r#type,
                },
            )
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
    pub async fn divide(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        by: i64,
    ) -> ::core::result::Result<i64, ::ipc_rpc::__private::CallError<DivideError>> {
        ::ipc_rpc::__private::Caller::<
            CounterService,
        >::call::<__CounterMethod_Divide>(&self.caller, ctx, __CounterArgs_Divide { by })
            .await
    }
    /// Is not answered.
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
            CounterService,
        >::call::<__CounterMethod_Note>(&self.caller, ctx, __CounterArgs_Note { line })
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
    pub async fn sum(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        numbers: Receiver<i64>,
    ) -> ::core::result::Result<Receiver<i64>, ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            CounterService,
        >::call::<__CounterMethod_Sum>(&self.caller, ctx, __CounterArgs_Sum { numbers })
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
    pub async fn stop(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        ::ipc_rpc::__private::Caller::<
            CounterService,
        >::call::<__CounterMethod_Stop>(&self.caller, ctx, __CounterArgs_Stop {})
            .await
    }
}
/// [`CounterClient`] for threads without a runtime: calls block the thread until there is an answer.
///
/// `CounterClient::connect(..).blocking()` makes one. Clones share one connection.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct CounterBlockingClient {
    client: ::ipc_rpc::__private::Blocking<CounterClient>,
}
#[automatically_derived]
impl ::ipc_rpc::__private::IntoBlocking for CounterClient {
    type Blocking = CounterBlockingClient;
    fn into_blocking(self) -> CounterBlockingClient {
        CounterBlockingClient {
            client: ::ipc_rpc::__private::Blocking::new(self, |client| &client.caller),
        }
    }
}
#[allow(deprecated, reason = "what is deprecated must be served all the same")]
impl CounterBlockingClient {
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
    /// Adds.
    ///
    /// Returns the total.
    #[deprecated]
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn add(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        amount: i64,
        r#type: u8,
    ) -> ::core::result::Result<i64, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().add(ctx, amount, r#type))
    }
    ///
    /// # Errors
    ///
    /// Fails with the service's own error, or if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn divide(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        by: i64,
    ) -> ::core::result::Result<i64, ::ipc_rpc::__private::CallError<DivideError>> {
        self.client.wait(self.client.client().divide(ctx, by))
    }
    /// Is not answered.
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
    pub fn sum(
        &self,
        ctx: ::ipc_rpc::__private::Context,
        numbers: Receiver<i64>,
    ) -> ::core::result::Result<Receiver<i64>, ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().sum(ctx, numbers))
    }
    ///
    /// # Errors
    ///
    /// Fails if no answer arrives: the connection ends, the deadline passes or the peer declines.
    #[inline]
    pub fn stop(
        &self,
        ctx: ::ipc_rpc::__private::Context,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CallError> {
        self.client.wait(self.client.client().stop(ctx))
    }
}
/// Serves an implementation of [`Counter`] to peers. Clones share it.
pub struct CounterServer<S> {
    service: ::std::sync::Arc<S>,
}
impl<S> CounterServer<S> {
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
impl<S> ::core::clone::Clone for CounterServer<S> {
    fn clone(&self) -> Self {
        Self::from_arc(::std::sync::Arc::clone(&self.service))
    }
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for CounterServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("CounterServer").finish_non_exhaustive()
    }
}
#[allow(deprecated, reason = "what is deprecated must be served all the same")]
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for CounterServer<S>
where
    S: Counter,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <CounterService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x3b391274_u32 => {
                call.run::<
                        __CounterMethod_Add,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Counter>::add(&service, ctx, args.amount, args.r#type)
                            .await
                    },
                )
            }
            0x61526270_u32 => {
                call.run::<
                        __CounterMethod_Divide,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Counter>::divide(&service, ctx, args.by).await
                    },
                )
            }
            0x919a0c3d_u32 => {
                call.run::<
                        __CounterMethod_Note,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| async move {
                        <S as Counter>::note(&service, ctx, args.line).await
                    },
                )
            }
            #[cfg(unix)]
            0xdd4e3aa8_u32 => {
                call.run_blocking::<
                        __CounterMethod_Sum,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, args| <S as Counter>::sum(&service, ctx, args.numbers),
                )
            }
            0xcb532ae5_u32 => {
                call.run::<
                        __CounterMethod_Stop,
                        _,
                        _,
                        _,
                    >(
                    &self.service,
                    |service, ctx, _| async move {
                        <S as Counter>::stop(&service, ctx).await
                    },
                )
            }
            _ => call.unimplemented(),
        }
    }
}
/// A call of the service [`Counter`], for `Server::fold`.
pub enum CounterCall {
    /// Adds.
    ///
    /// Returns the total.
    Add {
        /// Who calls, and until when.
        ctx: ::ipc_rpc::__private::Context,
        /// The argument `amount`.
        amount: i64,
        /// The argument `type`.
        r#type: u8,
        /// Answers the call.
        reply: ::ipc_rpc::__private::CallReply<i64>,
    },
    /// `divide`
    Divide {
        /// Who calls, and until when.
        ctx: ::ipc_rpc::__private::Context,
        /// The argument `by`.
        by: i64,
        /// Answers the call.
        reply: ::ipc_rpc::__private::CallReply<Result<i64, DivideError>>,
    },
    /// Is not answered.
    Note {
        /// Who calls, and until when.
        ctx: ::ipc_rpc::__private::Context,
        /// The argument `line`.
        line: String,
    },
    #[cfg(unix)]
    /// `sum`
    Sum {
        /// Who calls, and until when.
        ctx: ::ipc_rpc::__private::Context,
        /// The argument `numbers`.
        numbers: Receiver<i64>,
        /// Answers the call.
        reply: ::ipc_rpc::__private::CallReply<Receiver<i64>>,
    },
    /// `stop`
    Stop {
        /// Who calls, and until when.
        ctx: ::ipc_rpc::__private::Context,
        /// Answers the call.
        reply: ::ipc_rpc::__private::CallReply<()>,
    },
}
#[automatically_derived]
impl ::core::fmt::Debug for CounterCall {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match *self {
            Self::Add { .. } => f.write_str("Counter.add"),
            Self::Divide { .. } => f.write_str("Counter.divide"),
            Self::Note { .. } => f.write_str("Counter.note"),
            #[cfg(unix)]
            Self::Sum { .. } => f.write_str("Counter.sum"),
            Self::Stop { .. } => f.write_str("Counter.stop"),
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::Calls for CounterCall {
    type Definition = CounterService;
    #[inline]
    fn enter(
        call: ::ipc_rpc::__private::IncomingCall<'_>,
        queue: &::std::sync::Arc<::ipc_rpc::__private::CallQueue<Self>>,
    ) -> ::ipc_rpc::__private::Dispatched {
        match call.method() {
            0x3b391274_u32 => {
                queue
                    .enter::<
                        __CounterMethod_Add,
                    >(
                        call,
                        |ctx, args, reply| Self::Add {
                            ctx,
                            amount: args.amount,
                            r#type: args.r#type,
                            reply,
                        },
                    )
            }
            0x61526270_u32 => {
                queue
                    .enter::<
                        __CounterMethod_Divide,
                    >(
                        call,
                        |ctx, args, reply| Self::Divide {
                            ctx,
                            by: args.by,
                            reply,
                        },
                    )
            }
            0x919a0c3d_u32 => {
                queue
                    .enter_one_way::<
                        __CounterMethod_Note,
                    >(call, |ctx, args| Self::Note { ctx, line: args.line })
            }
            #[cfg(unix)]
            0xdd4e3aa8_u32 => {
                queue
                    .enter::<
                        __CounterMethod_Sum,
                    >(
                        call,
                        |ctx, args, reply| Self::Sum {
                            ctx,
                            numbers: args.numbers,
                            reply,
                        },
                    )
            }
            0xcb532ae5_u32 => {
                queue
                    .enter::<
                        __CounterMethod_Stop,
                    >(call, |ctx, _, reply| Self::Stop { ctx, reply })
            }
            _ => call.unimplemented(),
        }
    }
}
/// Names the service [`Counter`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct CounterService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for CounterService {
    type Request = ::ipc_rpc::__private::NoMessage;
    type Response = ::ipc_rpc::__private::NoMessage;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__CounterMethod_Add as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__CounterMethod_Divide as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__CounterMethod_Note as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            #[cfg(unix)]
            <__CounterMethod_Sum as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            <__CounterMethod_Stop as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new(
            "Counter",
            1u32,
            "Counts.",
            METHODS,
        )
    };
}
const _: () = {
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<u8>();
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<DivideError>();
    ::ipc_rpc::__private::assert_message::<String>();
    #[cfg(unix)] ::ipc_rpc::__private::assert_message::<i64>();
    #[cfg(unix)] ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<()>();
};
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __CounterArgs_Add {
    amount: i64,
    r#type: u8,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __CounterArgs_Add {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.amount, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.r#type, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __CounterArgs_Add {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__CounterArgs_Add))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __CounterMethod_Add;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __CounterMethod_Add {
    type Service = CounterService;
    type Args = __CounterArgs_Add;
    type Reply = ::ipc_rpc::__private::Plain<i64>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "add",
        0x3b391274_u32,
        0xf1ac40e8b321ae1b_u64,
        "Adds.\n\nReturns the total.",
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
pub struct __CounterArgs_Divide {
    by: i64,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __CounterArgs_Divide {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.by, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __CounterArgs_Divide {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__CounterArgs_Divide))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __CounterMethod_Divide;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __CounterMethod_Divide {
    type Service = CounterService;
    type Args = __CounterArgs_Divide;
    type Reply = ::ipc_rpc::__private::Fallible<i64, DivideError>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "divide",
        0x61526270_u32,
        0x28648f3b14859233_u64,
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
pub struct __CounterArgs_Note {
    line: String,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __CounterArgs_Note {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.line, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __CounterArgs_Note {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__CounterArgs_Note))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __CounterMethod_Note;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __CounterMethod_Note {
    type Service = CounterService;
    type Args = __CounterArgs_Note;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "note",
            0x919a0c3d_u32,
            0x4dcf236667ca7a3e_u64,
            "Is not answered.",
        )
        .oneway();
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
pub struct __CounterArgs_Sum {
    #[serde(skip)]
    numbers: Receiver<i64>,
}
#[cfg(unix)]
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __CounterArgs_Sum {
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
#[cfg(unix)]
#[automatically_derived]
impl ::core::fmt::Debug for __CounterArgs_Sum {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__CounterArgs_Sum))
    }
}
#[cfg(unix)]
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __CounterMethod_Sum;
#[cfg(unix)]
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __CounterMethod_Sum {
    type Service = CounterService;
    type Args = __CounterArgs_Sum;
    type Reply = ::ipc_rpc::__private::Streaming<i64>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
            "sum",
            0xdd4e3aa8_u32,
            0xe75656ea18992e9e_u64,
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
pub struct __CounterArgs_Stop {}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __CounterArgs_Stop {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
}
#[automatically_derived]
impl ::core::fmt::Debug for __CounterArgs_Stop {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__CounterArgs_Stop))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __CounterMethod_Stop;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __CounterMethod_Stop {
    type Service = CounterService;
    type Args = __CounterArgs_Stop;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "stop",
        0xcb532ae5_u32,
        0x5ef2ecd9addfe614_u64,
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
