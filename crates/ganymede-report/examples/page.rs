//! Writes the report of runs: `page OUT RUN...`. `serve PORT RUN...` watches instead.
#![expect(clippy::print_stdout, reason = "a program")]
use std::path::PathBuf;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runs: Vec<PathBuf> = args[1..].iter().map(PathBuf::from).collect();
    if let Ok(port) = args[0].parse() {
        let server = ganymede_report::Server::bind(&runs, port).unwrap();
        println!("{}", server.address().unwrap());
        server.serve().unwrap();
    }
    let report = ganymede_report::Report::read(&runs).unwrap();
    println!("{:?}", report.notes());
    std::fs::write(&args[0], report.html()).unwrap();
}
