fn main() {
    let mut args = std::env::args().skip(1);
    let language = args.next().unwrap().parse().unwrap();
    let folder = args.next().unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    let mut plan = scaffold::Plan::new(language, "Say \"Hi\" $x `y` \\ ${z} 字", &folder);
    plan.description = "Grüße: \"quoted\", \\back, `tick`, ${x} and 日本 )json\" ]==] \u{202e}x".into();
    for pin in [
        "text:in:string=hé \"q\" \\ $x ${y} `t` 字",
        "count:in:integer=9007199254740993",
        "low:in:integer=-9223372036854775808",
        "ratio:in:float=3",
        "on:in:boolean=true",
        "when:in:date=2026-01-31T12:00:00Z",
        "path:in:path=a/b.txt",
        "data:in:byte=aGVsbG8=",
        "shape:in:struct={\"a\":[1,null,9007199254740993,\"$\"]}",
        "any:in:generic=[1.5,{\"x\":\"\"}]",
        "names:in:array of string=[\"ä\",\"\\\"\"]",
        "ages:in:map of integer={\"x y\":-1,\"z\":9007199254740993}",
        "tags:in:set of string=[\"a\",\"b\"]",
        "rows:in:array of struct",
        "flags:in:set of boolean",
        "floats:in:map of float={\"π\":3.14}",
        "type:in:integer",
        "empty:in:string",
        "class:in:generic",
        "a \"quoted\" pin:in:string=x",
        "text_out:out:string",
        "count_out:out:integer",
        "ratio_out:out:float",
        "on_out:out:boolean",
        "when_out:out:date",
        "path_out:out:path",
        "data_out:out:byte",
        "shape_out:out:struct",
        "any_out:out:generic",
        "names_out:out:array of string",
        "ages_out:out:map of integer",
        "tags_out:out:set of string",
        "rows_out:out:array of struct",
        "dates_out:out:array of date",
        "bytes_out:out:map of byte={\"k\":\"aGk=\"}",
        "generics_out:out:set of generic=[1,\"x\",null]",
        "failed:out:exec",
    ] {
        plan.pins.push(pin.parse().unwrap());
    }
    plan.permissions =
        ["network:http", "network:tcp", "storage:read", "oauth", "cache", "streaming"].map(String::from).into();
    if let Err(e) = plan.write() {
        panic!("{e}")
    }
}
