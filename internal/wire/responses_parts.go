package wire

// Text adds a text part to the open message: input_text, or output_text with no
// annotations when the message is the assistant's.
func (w *ResponsesWriter) Text(text string) {
	if !w.assistant {
		if w.part(`{"type":"input_text","text":`) {
			w.str(text)
			w.raw(`}`)
		}
		return
	}
	if w.part(`{"type":"output_text","text":`) {
		w.str(text)
		w.raw(`,"annotations":[]}`)
	}
}

// Refusal adds the refusal an earlier assistant message gave.
func (w *ResponsesWriter) Refusal(text string) {
	if w.part(`{"type":"refusal","refusal":`) {
		w.str(text)
		w.raw(`}`)
	}
}

// ImageURL adds an image by its address, which may be a data URL. detail is
// auto, low or high; empty is auto, since dated versions want the member.
func (w *ResponsesWriter) ImageURL(url, detail string) {
	if w.part(`{"type":"input_image","image_url":`) {
		w.str(url)
		w.endImage(detail)
	}
}

// ImageData adds an image by its bytes, as a data URL of the media type mime.
// detail is as for ImageURL.
func (w *ResponsesWriter) ImageData(mime string, data []byte, detail string) {
	if w.mediaType(mime) && w.part(`{"type":"input_image","image_url":`) {
		w.dataURL(mime, data)
		w.endImage(detail)
	}
}

// ImageID adds an image uploaded before, by its file id. detail is as for ImageURL.
func (w *ResponsesWriter) ImageID(id, detail string) {
	if w.part(`{"type":"input_image","file_id":`) {
		w.str(id)
		w.endImage(detail)
	}
}

func (w *ResponsesWriter) endImage(detail string) {
	if detail == "" {
		detail = "auto"
	}
	w.member("detail", detail)
	w.raw(`}`)
}

// FileData adds a file by its bytes, as a data URL of the media type mime.
func (w *ResponsesWriter) FileData(name, mime string, data []byte) {
	if w.mediaType(mime) && w.part(`{"type":"input_file","filename":`) {
		w.str(name)
		w.raw(`,"file_data":`)
		w.dataURL(mime, data)
		w.raw(`}`)
	}
}

// FileID adds a file uploaded before, by its id.
func (w *ResponsesWriter) FileID(id string) {
	if w.part(`{"type":"input_file","file_id":`) {
		w.str(id)
		w.raw(`}`)
	}
}

// FileURL adds a file by an address the service can read. It is OpenAI's form;
// Azure's documents up to v1 of 2026 do not list it.
func (w *ResponsesWriter) FileURL(url string) {
	if w.part(`{"type":"input_file","file_url":`) {
		w.str(url)
		w.raw(`}`)
	}
}
