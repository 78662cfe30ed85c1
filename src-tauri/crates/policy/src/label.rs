//! The permission labels: a closed set, in the one spelling that Flow-Like reads.

use std::fmt;

macro_rules! labels {
    ($($name:ident $text:literal $covers:literal,)+) => {
        /// A permission that a node declares in its definition. The set is closed: a definition with any other text is
        /// refused as a whole.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Label {
            $(#[doc = concat!("`", $text, "`: ", $covers, ".")] $name,)+
        }

        impl Label {
            /// All labels, in the order in which Flow-Like lists them.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$name),+];

            /// The text in a definition.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What the label covers, in words.
            pub const fn covers(self) -> &'static str {
                match self { $(Self::$name => $covers,)+ }
            }
        }
    };
}

labels! {
    NetworkHttp "network:http" "HTTP requests",
    NetworkWebsocket "network:websocket" "WebSocket connections",
    NetworkTcp "network:tcp" "TCP sockets",
    NetworkUdp "network:udp" "UDP sockets",
    NetworkDns "network:dns" "looking names up",
    StorageRead "storage:read" "reading and listing files",
    StorageWrite "storage:write" "writing and deleting files, not reading them",
    DatabaseRead "database:read" "queries of wired databases",
    DatabaseWrite "database:write" "changes to wired databases",
    Variables "variables" "reading and setting variables",
    Cache "cache" "reading and setting cached values",
    Streaming "streaming" "stream events of core modules",
    Models "models" "language and embedding models",
    A2ui "a2ui" "nothing: no host function uses it",
    Oauth "oauth" "tokens of signed-in accounts",
    Functions "functions" "nothing: no host function uses it",
}

impl Label {
    /// The label with exactly this text: case counts, and so does white space.
    ///
    /// ```
    /// use policy::Label;
    /// assert_eq!(Label::parse("network:http"), Some(Label::NetworkHttp));
    /// assert_eq!(Label::parse("Network:HTTP"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.text() == text)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
