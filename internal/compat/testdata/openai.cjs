// Drives the official openai client through everything the stand-in serves, as the job on standard input says, and prints
// what the client made of it as one JSON object.
'use strict';
const { AzureOpenAI, OpenAI } = require('openai');

// entraToken is the client-credentials grant that any OAuth client makes.
async function entraToken({ tokenURL, clientID, clientSecret, scope }) {
  const answer = await fetch(tokenURL, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientID, client_secret: clientSecret, scope }),
  });
  if (!answer.ok) throw new Error(`Entra answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()).access_token;
}

function makeClient(job, overrides = {}) {
  const provider = overrides.token ? async () => overrides.token : () => { job.asked++; return entraToken(job.entra); };
  const options = { maxRetries: overrides.maxRetries ?? 2 };
  if (job.surface === 'v1') {
    return new OpenAI({ ...options, baseURL: `${job.endpoint}/openai/v1/`, apiKey: job.key ? overrides.key ?? job.key : provider });
  }
  const credential = job.key ? { apiKey: overrides.key ?? job.key } : { azureADTokenProvider: provider };
  return new AzureOpenAI({ ...options, endpoint: job.endpoint, apiVersion: job.apiVersion, ...credential });
}

const say = (content) => [{ role: 'user', content }];
const weather = (asked) => ({
  type: 'function',
  function: {
    name: 'weather',
    description: 'Knows the weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    parse: JSON.parse,
    function: ({ city }) => { asked.push(city); return `rain in ${city}`; },
  },
});

async function failure(call) {
  try {
    await call();
  } catch (e) {
    return { name: e.constructor.name, status: e.status, code: String(e.code), retryAfterMs: e.headers?.get('retry-after-ms') ?? '', hasRequestID: Boolean(e.headers?.get('apim-request-id')) };
  }
  return { name: 'no error' };
}

const scenarios = {
  async chat({ client, model }) {
    const answer = await client.chat.completions.create({ model, messages: say('Say hello') });
    const choice = answer.choices[0];
    return { text: choice.message.content, finish: choice.finish_reason, usageAddsUp: addsUp(answer.usage) };
  },
  async stream({ client, model }) {
    const stream = await client.chat.completions.create({ model, messages: say('Say hello'), stream: true, stream_options: { include_usage: true } });
    let text = '', finish = '', pieces = 0, usage = null;
    for await (const chunk of stream) {
      const choice = chunk.choices[0];
      if (choice?.delta?.content) { text += choice.delta.content; pieces++; }
      finish = choice?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    return { text, finish, inPieces: pieces > 1, usageAddsUp: addsUp(usage) };
  },
  async tools({ client, model }) {
    const asked = [];
    const text = await client.chat.completions.runTools({ model, messages: say('How is the weather in Oslo?'), tools: [weather(asked)] }).finalContent();
    return { text, asked };
  },
  async streamedTools({ client, model }) {
    const asked = [];
    const text = await client.chat.completions.runTools({ model, messages: say('How is the weather in Oslo?'), tools: [weather(asked)], stream: true }).finalContent();
    return { text, asked };
  },
  async schema({ client, model }) {
    const answer = await client.chat.completions.parse({
      model, messages: say('Say hello'),
      response_format: { type: 'json_schema', json_schema: { name: 'greeting', strict: true, schema: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'], additionalProperties: false } } },
    });
    return { text: answer.choices[0].message.content };
  },
  async embeddings({ client, embedding }) {
    const answer = await client.embeddings.create({ model: embedding, input: ['one text', 'another one'] });
    const [a, b] = answer.data.map((d) => Array.from(d.embedding));
    return { lengths: [a.length, b.length], differ: a.some((x, i) => x !== b[i]), numbers: a.every(Number.isFinite), indices: answer.data.map((d) => d.index) };
  },
  async responses({ client, model }) {
    const answer = await client.responses.create({ model, input: 'Say hello' });
    return { text: answer.output_text, finish: answer.status, usageAddsUp: answer.usage.total_tokens === answer.usage.input_tokens + answer.usage.output_tokens };
  },
  async streamedResponses({ client, model }) {
    let pieces = 0;
    const stream = client.responses.stream({ model, input: 'Say hello' }); // it checks the order of the events itself
    stream.on('response.output_text.delta', () => pieces++);
    const answer = await stream.finalResponse();
    return { text: answer.output_text, finish: answer.status, inPieces: pieces > 1 };
  },
  async responsesTools({ client, model }) {
    const tool = weather([]).function;
    const tools = [{ type: 'function', name: tool.name, description: tool.description, parameters: tool.parameters, strict: false }];
    const first = await client.responses.create({ model, input: 'How is the weather in Oslo?', tools });
    const call = first.output.find((item) => item.type === 'function_call');
    const second = await client.responses.create({
      model, tools, previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: call.call_id, output: 'rain in ' + JSON.parse(call.arguments).city }],
    });
    return { text: second.output_text, asked: [JSON.parse(call.arguments).city] };
  },
  async passingLimit({ client, model }) {
    const answer = await client.chat.completions.create({ model, messages: say('once more') });
    return { text: answer.choices[0].message.content };
  },
  stayingLimit({ job, model }) {
    return failure(() => makeClient(job, { maxRetries: 0 }).chat.completions.create({ model, messages: say('never') }));
  },
  filtered({ client, model }) {
    return failure(() => client.chat.completions.create({ model, messages: say('something violent') }));
  },
  noDeployment({ client }) {
    return failure(() => client.chat.completions.create({ model: 'nobody', messages: say('Say hello') }));
  },
  unauthorized({ job, model }) {
    return failure(() => makeClient(job, { key: 'a-wrong-key', token: 'a.wrong.token' }).chat.completions.create({ model, messages: say('Say hello') }));
  },
};

function addsUp(usage) {
  return Boolean(usage) && usage.total_tokens > 0 && usage.total_tokens === usage.prompt_tokens + usage.completion_tokens;
}

async function main() {
  let input = '';
  for await (const piece of process.stdin) input += piece;
  const job = { ...JSON.parse(input), asked: 0 };
  const context = { job, client: makeClient(job), model: job.deployment, embedding: job.embedding };
  const results = {};
  for (const [name, scenario] of Object.entries(scenarios)) {
    try {
      results[name] = await scenario(context);
    } catch (e) {
      results[name] = { error: String(e) };
    }
  }
  console.log(JSON.stringify({ asked: job.asked, results }));
}

main();
