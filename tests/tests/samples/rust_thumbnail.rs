use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use runtime::definition::DataType;
use runtime::limits::Limits;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};

/// A red half and a blue one, in base64.
fn picture(width: u32, height: u32, format: ImageFormat) -> String {
    let colour = |x| if x < width / 2 { Rgb([250, 10, 10]) } else { Rgb([10, 10, 250]) };
    let picture = DynamicImage::from(RgbImage::from_fn(width, height, |x, _| colour(x)));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("the format can be written");
    STANDARD.encode(bytes.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_become_small_ones() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-thumbnail")).await;
    let definition = &node.definitions[0];
    for pin in ["image", "thumbnail"] {
        assert!(definition.pins.iter().any(|one| one.name == pin && one.data_type == DataType::Byte), "{pin}");
    }
    for (format, width, height, small) in [
        (ImageFormat::Jpeg, 640, 480, (64, 48)),
        (ImageFormat::Png, 30, 300, (6, 64)),
        (ImageFormat::Png, 8, 4, (8, 4)),
    ] {
        let inputs = json!({ "image": picture(width, height, format), "size": 64 });
        let finished = bench.run(&node).inputs(inputs).await.ok();
        assert_eq!((finished.output("width"), finished.output("height")), (json!(width), json!(height)));
        let png = STANDARD.decode(finished.output("thumbnail").as_str().expect("text")).expect("base64");
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "a PNG whatever came");
        let thumbnail = image::load_from_memory(&png).expect("a picture").to_rgb8();
        assert_eq!(thumbnail.dimensions(), small);
        let (left, right) = (thumbnail.get_pixel(0, 0), thumbnail.get_pixel(small.0 - 1, small.1 - 1));
        assert!(left[0] > 200 && right[2] > 200, "red is left, blue is right: {left:?} {right:?}");
        assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_is_refused() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-thumbnail")).await;
    let mut huge = STANDARD.decode(picture(8, 4, ImageFormat::Png)).expect("base64");
    // Width and height of the header: the picture would take gigabytes.
    huge[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
    let mut cut = picture(64, 64, ImageFormat::Jpeg);
    cut.truncate(200);
    for image in ["", "no base64", &STANDARD.encode("no picture"), &STANDARD.encode(huge), &cut] {
        let refused = bench.run(&node).inputs(json!({ "image": image })).await.ended(Status::Error);
        assert!(refused.error().starts_with("this is no picture that can be read: "), "{}", refused.error());
        assert!(refused.fired().is_empty(), "{}", refused.report());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_memory_ends_the_run() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-thumbnail")).await;
    let inputs = json!({ "image": picture(1500, 1500, ImageFormat::Png) });
    let little = Limits { memory: 4 << 20, ..Limits::default() };
    let stopped = bench.run(&node).inputs(inputs.clone()).limits(little).await.ended(Status::Limit);
    let error = stopped.error();
    assert!(
        error.starts_with("memory would grow to 8 MiB, the limit is 4 MiB; its last words: memory allocation"),
        "{error}"
    );
    let frames = &stopped.trap().frames;
    let named = frames.iter().any(|frame| frame.function.as_deref() == Some("image::image::decoder_to_vec"));
    assert!(named, "the trap says who wanted it: {frames:?}");
    let enough = Limits { memory: 64 << 20, ..Limits::default() };
    bench.run(&node).inputs(inputs).limits(enough).await.ok();
}
