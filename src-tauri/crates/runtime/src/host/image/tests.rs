//! Images made here, in every format, and files that are not what they seem.

use super::*;

fn picture(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgba8(::image::RgbaImage::from_fn(width, height, |x, y| {
        ::image::Rgba([(x * 10) as u8, (y * 10) as u8, 100, 255])
    }))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

const NO_LIMIT: u64 = 1 << 30;

#[tokio::test]
async fn every_format_goes_in_and_out() {
    let images = Mutex::default();
    for (name, format) in FORMATS {
        let data = encoded(&picture(20, 10), format);
        for hint in [name, "", &name.to_uppercase(), &format!("image/{name}"), &format!(".{name}")] {
            let reference = add(&images, &data, hint).await.expect("decoded");
            for (target, expected) in FORMATS {
                let out = encode(&images, &reference, target, NO_LIMIT).await.expect("encoded");
                assert_eq!(::image::guess_format(&out).ok(), Some(expected), "{name} to {target}");
            }
            let same = encode(&images, &reference, "", NO_LIMIT).await.expect("encoded");
            assert_eq!(::image::guess_format(&same).ok(), Some(format), "no format means the one it came in");
        }
    }
}

#[tokio::test]
async fn deep_and_grey_images_become_what_a_format_can_hold() {
    let images = Mutex::default();
    let deep = DynamicImage::ImageRgba16(::image::ImageBuffer::new(4, 4));
    let grey = DynamicImage::ImageLumaA8(::image::ImageBuffer::new(4, 4));
    for image in [deep, grey] {
        let reference = add(&images, &encoded(&image, ImageFormat::Png), "png").await.expect("decoded");
        for (target, _) in FORMATS {
            let out = encode(&images, &reference, target, NO_LIMIT).await;
            assert!(out.is_ok(), "{:?} to {target}: {:?}", image.color(), out.err());
        }
    }
}

#[tokio::test]
async fn the_bytes_count_not_the_hint() {
    let images = Mutex::default();
    let png = encoded(&picture(5, 5), ImageFormat::Png);
    let reference = add(&images, &png, "jpeg").await.expect("it is a PNG");
    let out = encode(&images, &reference, "", NO_LIMIT).await.expect("encoded");
    assert_eq!(::image::guess_format(&out).ok(), Some(ImageFormat::Png));
    assert!(matches!(add(&images, &png, "heic").await, Err(Refusal::Format { .. })));
    assert!(matches!(encode(&images, &reference, "exe", NO_LIMIT).await, Err(Refusal::Format { .. })));
}

#[tokio::test]
async fn broken_and_foreign_bytes_are_refused() {
    let images = Mutex::default();
    let png = encoded(&picture(50, 50), ImageFormat::Png);
    for data in [&b""[..], b"x", b"not an image at all", &png[..20], &png[..png.len() / 2], b"qoif\0\0\0\0\0\0\0\0\0\0"]
    {
        assert!(add(&images, data, "").await.is_err(), "{} bytes", data.len());
        assert!(add(&images, data, "png").await.is_err(), "{} bytes as PNG", data.len());
    }
    let held = locked(&images);
    assert_eq!((held.held.len(), held.bytes, held.promised), (0, 0, 0), "nothing is held for them");
}

#[tokio::test]
async fn a_bomb_is_refused_by_its_header() {
    let images = Mutex::default();
    // A valid PNG whose header was changed to say 60000 × 60000.
    let mut bomb = encoded(&picture(5, 5), ImageFormat::Png);
    bomb[16..20].copy_from_slice(&60_000u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000u32.to_be_bytes());
    assert!(add(&images, &bomb, "png").await.is_err());
    // Both sides within the limit, the pixels together not.
    let mut bmp = encoded(&picture(5, 5), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&16_000u32.to_le_bytes());
    bmp[22..26].copy_from_slice(&16_000u32.to_le_bytes());
    assert!(matches!(add(&images, &bmp, "bmp").await, Err(Refusal::Large { .. } | Refusal::Decode(_))));
    assert_eq!(locked(&images).bytes, 0);
}

#[tokio::test]
async fn a_run_holds_so_many_images() {
    let images = Mutex::default();
    let png = encoded(&picture(1, 1), ImageFormat::Png);
    for _ in 0..MAX_IMAGES {
        add(&images, &png, "").await.expect("held");
    }
    assert!(matches!(add(&images, &png, "").await, Err(Refusal::Full { .. })));
    locked(&images).held.clear();
    locked(&images).bytes = MAX_HELD;
    assert!(matches!(add(&images, &png, "").await, Err(Refusal::Full { .. })), "bytes are counted too");
}

#[tokio::test]
async fn an_encoded_image_is_bounded() {
    let images = Mutex::default();
    let reference = add(&images, &encoded(&picture(100, 100), ImageFormat::Png), "").await.expect("held");
    assert!(matches!(encode(&images, &reference, "bmp", 1000).await, Err(Refusal::Large { .. })));
    assert!(matches!(encode(&images, "image-0", "bmp", 1000).await, Err(Refusal::Unknown)));
}

#[test]
fn guests_spell_a_reference_in_two_ways() {
    assert_eq!(reference(r#"{"image_ref":"r","more":1}"#), "r");
    assert_eq!(reference("r"), "r");
    assert_eq!(reference("{\"other\":1}"), "{\"other\":1}", "an unknown reference, then");
}
