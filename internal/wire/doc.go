// Package wire turns calls into bytes and bytes into answers. It owns every
// field name of the Azure OpenAI wire format and knows no framework and no
// network.
//
// Requests are appended, one method per element, into a single buffer that
// belongs to the caller afterwards: [ChatWriter], [EmbeddingsWriter]. There
// are no message structs between the caller's own types and the bytes.
//
// Answers are read once into small structs whose strings are copies, so the
// body's buffer may be used again: [ReadChat], [ReadEmbeddings], [ReadError].
// Streams go through [Frames], which cuts server-sent events, and
// [ChatStream], which assembles them.
//
// # Rules of reading
//
// null counts as absent, unknown members are stepped over, and of a member
// given twice the last one wins. Trailing data, broken JSON and a value of the
// wrong kind where the answer's meaning hangs on it are a [FormatError];
// ornaments (ids, filters, fingerprints) of an unexpected kind are left out.
// Text is always valid UTF-8: each broken byte becomes U+FFFD, on the way in
// and on the way out, as encoding/json does it.
//
// # Concurrency
//
// Functions are safe for many goroutines. A writer, a Frames or a ChatStream
// belongs to one goroutine at a time; values they return are the caller's.
package wire
