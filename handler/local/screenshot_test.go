package main

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.Bool("screenshots", false, "write the pictures of the README")

// picture is a picture of the README.
type picture struct {
	file      string
	width     int64   // of the page, in CSS pixels
	scale     float64 // pixels of the picture for a CSS pixel
	maxHeight int     // of the picture, in pixels
}

// take writes the picture of a page in light colours, if the flag -screenshots is set.
func (p picture) take(t *testing.T, browser context.Context) {
	t.Helper()
	if !*screenshots {
		return
	}
	light := emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}},
	}
	if _, err := chromedp.Call(browser, emulation.SetEmulatedMedia, light); err != nil {
		t.Fatal(err)
	}
	resize := func(height int64) {
		do(t, browser, chromedp.EmulateViewport(p.width, height, chromedp.EmulateScale(p.scale)))
	}
	resize(1)
	resize(int64(layoutMetrics(t, browser).CSSContentSize.Height))
	decoded, err := png.Decode(bytes.NewReader(capture(t, browser)))
	if err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, quantize(decoded, p.maxHeight)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.file, small.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// capture returns a picture of the page as soon as the browser has drawn all of it: nothing changes any more.
func capture(t *testing.T, browser context.Context) []byte {
	t.Helper()
	for before := []byte(nil); ; {
		do(t, browser, chromedp.Sleep(500*time.Millisecond))
		captured, err := chromedp.Run(browser, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(captured, before) {
			return captured
		}
		before = captured
	}
}

// quantize cuts an image at maxHeight, and reduces it to its 256 most frequent colours, which makes its file much smaller.
func quantize(whole image.Image, maxHeight int) *image.Paletted {
	bounds := whole.Bounds()
	bounds.Max.Y = min(bounds.Max.Y, bounds.Min.Y+maxHeight)
	count := map[color.Color]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[whole.At(x, y)]++
		}
	}
	palette := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return cmp.Compare(count[b], count[a]) })
	small := image.NewPaletted(bounds, palette[:min(len(palette), 256)])
	draw.Draw(small, bounds, whole, bounds.Min, draw.Src)
	return small
}
