//! The hosts in which Flow-Like runs nodes, and what differs between them.

use std::fmt;

/// How a host treats the `allowed_hosts` of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// The manifest's list counts; an empty list is every host.
    Manifest,
    /// The list is not applied.
    Every,
    /// No host, whatever the manifest says.
    None,
}

/// A host that runs Flow-Like nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The desktop program, with an installed package.
    Desktop,
    /// The desktop program's debug page.
    Debug,
    /// The desktop program's developer catalogue.
    Catalogue,
    /// The server.
    Server,
    /// The standalone device host.
    Device,
    /// Where definitions are read: no permission, no run.
    Extraction,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 6] =
        [Self::Desktop, Self::Debug, Self::Catalogue, Self::Server, Self::Device, Self::Extraction];

    /// The profile's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Debug => "debug",
            Self::Catalogue => "catalogue",
            Self::Server => "server",
            Self::Device => "device",
            Self::Extraction => "extraction",
        }
    }

    /// The profile of this name. The names that Flow-Like's sources use are understood as well.
    ///
    /// ```
    /// use policy::Profile;
    /// assert_eq!(Profile::parse("server"), Some(Profile::Server));
    /// assert_eq!(Profile::parse("desktop-installed"), Some(Profile::Desktop));
    /// assert_eq!(Profile::parse("Server"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "desktop" | "desktop-installed" => Self::Desktop,
            "debug" | "desktop-debug" => Self::Debug,
            "catalogue" | "desktop-dev" => Self::Catalogue,
            "server" => Self::Server,
            "device" => Self::Device,
            "extraction" | "metadata" => Self::Extraction,
            _ => return None,
        })
    }

    /// Whether every label counts as declared.
    pub const fn grants_everything(self) -> bool {
        matches!(self, Self::Catalogue)
    }

    /// Whether no label counts, whatever is declared.
    pub const fn grants_nothing(self) -> bool {
        matches!(self, Self::Extraction)
    }

    /// How `allowed_hosts` is treated.
    pub const fn hosts(self) -> Hosts {
        match self {
            Self::Desktop | Self::Device => Hosts::Manifest,
            Self::Debug | Self::Catalogue | Self::Server => Hosts::Every,
            Self::Extraction => Hosts::None,
        }
    }

    /// Whether addresses and names of the host's own machine are out of reach (see [`crate::is_blocked_address`]).
    pub const fn blocks_egress(self) -> bool {
        matches!(self, Self::Server | Self::Device)
    }

    /// Whether an instance belongs to a run, so that resource handles exist.
    pub const fn has_run(self) -> bool {
        !matches!(self, Self::Debug | Self::Extraction)
    }

    /// Whether there is a storage and a database behind the calls.
    pub const fn has_context(self) -> bool {
        !matches!(self, Self::Debug | Self::Extraction)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
