//! The tiers of memory and time that a manifest chooses from.

use serde::Deserialize;

/// How much memory an instance may have.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the size is what there is to say, and it is below")]
pub enum MemoryTier {
    Minimal,
    Light,
    #[default]
    Standard,
    Heavy,
    Intensive,
    Large,
    Huge,
    Extreme,
    Maximum,
}

impl MemoryTier {
    /// In mebibytes.
    pub const fn mebibytes(self) -> u64 {
        match self {
            Self::Minimal => 16,
            Self::Light => 32,
            Self::Standard => 64,
            Self::Heavy => 128,
            Self::Intensive => 256,
            Self::Large => 512,
            Self::Huge => 1024,
            Self::Extreme => 2048,
            Self::Maximum => 4096,
        }
    }
}

/// How long a call may take.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the time is what there is to say, and it is below")]
pub enum TimeoutTier {
    Quick,
    #[default]
    Standard,
    Extended,
    LongRunning,
    VeryLong,
    Maximum,
}

impl TimeoutTier {
    /// In seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Quick => 5,
            Self::Standard => 30,
            Self::Extended => 60,
            Self::LongRunning => 300,
            Self::VeryLong => 600,
            Self::Maximum => 1800,
        }
    }
}
