//! Command-style components: each command is a program run of its own, with fresh memory, that answers on stdout.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use super::Instance;
use super::state::Console;
use crate::guest::fault::Fault;
use crate::limits::MIB;

/// The longest answer.
const LIMIT: usize = 10 * MIB as usize;

impl Instance {
    pub(super) async fn run_command(&mut self, input: &str) -> wasmtime::Result<String> {
        let input = STANDARD.encode(input);
        self.command(&["run-b64", &input]).await
    }

    /// Runs one command and returns what it wrote to stdout, without surrounding white space.
    pub(super) async fn command(&mut self, arguments: &[&str]) -> wasmtime::Result<String> {
        let name = arguments.first().copied().unwrap_or_default();
        // One byte more than the limit tells an answer that fits exactly from one that was cut.
        let stdout = MemoryOutputPipe::new(LIMIT + 1);
        let console = Console::capture(&self.store.data().host, stdout.clone());
        self.renew(arguments, console)?;
        self.store.data_mut().take_stderr();

        let result = self.call_main().await;
        self.console().flush().await;
        let answer = stdout.contents();
        if answer.len() > LIMIT {
            let size = answer.len() as u64;
            return Err(Fault::OutputTooLarge { export: name.into(), size, limit: LIMIT as u64 }.into());
        }
        let code = match result {
            Ok(Ok(())) => 0,
            Ok(Err(())) => 1,
            Err(error) => match error.downcast_ref() {
                Some(&I32Exit(code)) => code,
                None => return Err(error),
            },
        };
        if code != 0 {
            let stderr = self.store.data_mut().take_stderr().trim().to_owned();
            return Err(Fault::Command { command: name.into(), code, stderr }.into());
        }
        match std::str::from_utf8(&answer) {
            Ok(text) if text.trim().is_empty() => Err(Fault::NoOutput { export: name.into() }.into()),
            Ok(text) => Ok(text.trim().to_owned()),
            Err(error) => Err(Fault::NotUtf8 { export: name.into(), at: error.valid_up_to() }.into()),
        }
    }

    async fn call_main(&mut self) -> wasmtime::Result<Result<(), ()>> {
        let Some(main) = self.exports.command else {
            return Err(wasmtime::format_err!("the component exports neither \"run\" nor \"wasi:cli/run\""));
        };
        let guest = self.guest().await?;
        let function = guest.get_typed_func::<(), (Result<(), ()>,)>(&mut self.store, main)?;
        let (result,) = function.call_async(&mut self.store, ()).await?;
        Ok(result)
    }
}
