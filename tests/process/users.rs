//! Processes of another user. Only root can start one, so for anybody else there is nothing to see here.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

#[cfg(target_os = "linux")]
use ipc_rpc::instance::{self, Launch, Scope, Start};
use ipc_rpc::{
    Connect, ConnectError, PeerPolicy, RefusalReason, RejectReason, ServerEvent, SocketName,
    context,
};
use support::{LabClient, Place, Stage};
use tempfile::TempDir;

use crate::program::{PROGRAM, Program, test};

/// The user that owns nothing.
const NOBODY: u32 = 65_534;

/// A directory as open as the one for temporary files, and a copy of the program that anybody can run.
struct Meeting {
    directory: TempDir,
}

impl Meeting {
    /// `None`: this process cannot start one of another user.
    fn arrange() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can start a process of another user");
            return None;
        }
        let directory = TempDir::new().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o1777)).unwrap();
        let meeting = Self { directory };
        // By another process: while this one had the copy open for writing, a child that a test beside this one
        // starts would hold it open as well, and a file that is being written cannot be run.
        let copied = Command::new("cp")
            .arg(PROGRAM)
            .arg(meeting.program())
            .status();
        assert!(copied.unwrap().success());
        fs::set_permissions(meeting.program(), Permissions::from_mode(0o755)).unwrap();
        Some(meeting)
    }

    fn program(&self) -> PathBuf {
        self.directory.path().join("program")
    }

    fn socket(&self) -> String {
        let path = self.directory.path().join("socket");
        path.to_str().unwrap().to_owned()
    }

    fn name(&self) -> SocketName {
        SocketName::path(self.socket()).unwrap()
    }

    fn start_as_nobody(&self, task: &str) -> Program {
        Program::start_with(&self.program(), task, &self.socket(), |command| {
            command.uid(NOBODY).gid(NOBODY);
        })
    }
}

#[test]
fn a_client_of_another_user_is_refused() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let place = Place::LocalSocket(meeting.name());
        let mut stage = Stage::at(place, |server| server.socket_mode(0o666)).await;
        let mut stranger = meeting.start_as_nobody("connect-as-anyone");
        let told = stranger.says().await.unwrap();
        assert!(told.contains("peer not allowed"), "{told}");
        let rejected = stage.events.next().await;
        let Some(ServerEvent::Rejected { peer, reason }) = rejected else {
            panic!("{rejected:?}");
        };
        assert_eq!((peer.uid(), peer.is_same_user()), (Some(NOBODY), false));
        assert!(
            matches!(
                &reason,
                RejectReason::Refused {
                    reason: RefusalReason::PeerNotAllowed,
                    ..
                }
            ),
            "{reason:?}"
        );
        stage.client().await;
        stage.end().await;
    });
}

#[test]
fn a_client_of_another_user_is_admitted_where_the_policy_says_so() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let policy = PeerPolicy::custom(|peer| peer.uid() == Some(NOBODY));
        let place = Place::LocalSocket(meeting.name());
        let stage = Stage::at(place, |server| server.socket_mode(0o666).admit(policy)).await;
        let mut stranger = meeting.start_as_nobody("connect-as-anyone");
        stranger.expect("admitted: Ok(5)").await;
        // And this policy admits nobody else, not even the server's own user.
        let refused = stage.connect().await.unwrap_err();
        assert!(
            matches!(
                refused,
                ConnectError::Refused {
                    reason: RefusalReason::PeerNotAllowed,
                    ..
                }
            ),
            "{refused:?}"
        );
        stage.end().await;
    });
}

#[test]
fn a_server_of_another_user_is_refused_before_a_byte_is_sent() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let mut imposter = meeting.start_as_nobody("listen-only");
        imposter.expect("ready").await;
        let refused = Connect::<LabClient>::new(meeting.name())
            .auth("a secret")
            .await
            .unwrap_err();
        let ConnectError::UntrustedServer { identity, .. } = &refused else {
            panic!("{refused:?}");
        };
        assert_eq!(identity.uid(), Some(NOBODY));
        imposter.expect("got 0 bytes").await;
    });
}

#[test]
fn a_server_of_another_user_is_talked_to_where_the_policy_says_so() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let mut server = meeting.start_as_nobody("serve-all-users");
        server.expect("ready").await;
        let client: LabClient = Connect::new(meeting.name())
            .trust(PeerPolicy::AnyUser)
            .await
            .unwrap();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        let refused = Connect::<LabClient>::new(meeting.name()).await.unwrap_err();
        assert!(
            matches!(refused, ConnectError::UntrustedServer { .. }),
            "{refused:?}"
        );
        server.end().await;
    });
}

/// An application of all users, as one process after the other launches it.
#[cfg(target_os = "linux")]
async fn launch_for_all(id: &str) -> Start<String, String> {
    let claim = instance::claim(id).scope(Scope::System);
    claim.start(Launch::new("own".to_owned())).await.unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn the_one_instance_of_all_users_is_told_whose_process_launches() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let id = format!("org.example.{}", SocketName::unique());
        let start = || {
            Program::start_with(&meeting.program(), "instance-for-all", &id, |command| {
                command.arg("payload").uid(NOBODY).gid(NOBODY);
            })
        };
        let Start::Primary(primary) = launch_for_all(&id).await else {
            panic!("nobody has it yet");
        };
        primary.serve(|arrival| async move { format!("{:?}", arrival.peer.uid()) });
        let mut later = start();
        later.expect(&format!("{:?}", Some(NOBODY))).await;
        later.end().await;
        primary.release(std::time::Duration::from_secs(5)).await;
        // The other way round; a process that trusts its own user only does not tell of its launch.
        let mut primary = start();
        primary.expect("primary").await;
        let Start::Answered(answer) = launch_for_all(&id).await else {
            panic!("somebody has it");
        };
        assert_eq!(answer.value(), &format!("{:?}", Some(0)));
        assert_eq!(answer.primary().uid(), Some(NOBODY));
        let wary = instance::claim::<String, String>(&id)
            .scope(Scope::System)
            .trust(PeerPolicy::SameUser);
        let refused = wary.start(Launch::new("own".to_owned())).await.unwrap_err();
        assert!(
            matches!(
                &refused,
                ipc_rpc::ClaimError::Connect(ConnectError::UntrustedServer { .. })
            ),
            "{refused:?}"
        );
        // What a killed one leaves keeps nobody out, whoever it was.
        primary.kill().await;
        assert!(matches!(launch_for_all(&id).await, Start::Primary(_)));
    });
}
