package wire

// EmbeddingsWriter appends the body of one embeddings call. The first error
// sticks and is returned by Body. Not safe for concurrent use.
type EmbeddingsWriter struct{ body }

// NewEmbeddingsWriter starts a body in a buffer of size bytes: the inputs'
// lengths, a tenth for escapes and 128 bytes make one allocation do.
func NewEmbeddingsWriter(size int) *EmbeddingsWriter {
	w := &EmbeddingsWriter{}
	w.begin(size)
	return w
}

// Input writes the texts to embed as a list, also for one or none.
func (w *EmbeddingsWriter) Input(texts []string) { w.stringsField("input", texts) }

// InputText writes a single text to embed as a plain string, for deployments
// that refuse lists.
func (w *EmbeddingsWriter) InputText(text string) { w.stringField("input", text) }

// Dimensions asks for shorter vectors; only models of the third generation and
// later take it.
func (w *EmbeddingsWriter) Dimensions(n int) { w.intField("dimensions", n) }

// Base64 asks for vectors in base64, a quarter of the size of numbers and some
// ten times faster to read. Without it the service sends numbers.
func (w *EmbeddingsWriter) Base64() { w.stringField("encoding_format", "base64") }

// Body closes the body and returns it. The bytes are the caller's: the writer
// never touches them again.
func (w *EmbeddingsWriter) Body() ([]byte, error) { return w.end() }
