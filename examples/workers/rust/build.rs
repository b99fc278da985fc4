//! The messages of the contract, from `proto/`, without protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=../../../proto/switchroom/v1");
    let files = protox::compile(["switchroom/v1/envelope.proto"], ["../../../proto"])?;
    prost_build::Config::new().compile_fds(files)?;
    Ok(())
}
