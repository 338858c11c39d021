/** Replies and refusals as bytes on the wire. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Response } from 'express';
import { missing } from '../rats/shared-refusals.js';
import { leavesBodyUnread } from './body.js';
import type { HttpParts } from './parts.js';
import { PROBLEM_TYPE, problemOf, refusalOf } from './problem.js';
import { contextOf } from './request-context.js';
import { JSON_TYPE, type Reply } from './route.js';

/** Through express, which answers a client that has the very thing already with 304. */
export function sendConditionally(response: Response, { status, headers, content }: Reply): void {
  response.status(status);
  if (headers !== undefined) response.set(headers);
  if (status === 304) response.end();
  else if ('json' in content) response.json(content.json);
  else if ('text' in content) response.type(content.type).send(content.text);
  else response.type(content.type).send(Buffer.from(content.bytes));
}

/** What no client can have already: the reply to a POST. */
export function sendFresh(response: ServerResponse, { status, headers = {}, content }: Reply): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if ('json' in content) sendText(response, status, JSON.stringify(content.json), JSON_TYPE);
  else if ('text' in content) sendText(response, status, content.text, content.type);
  else sendBody(response, status, Buffer.from(content.bytes), content.type);
}

function sendText(response: ServerResponse, status: number, text: string, type: string): void {
  const typed = `${type}; charset=utf-8`;
  // One write with the header: Node would give bytes one of their own.
  response.writeHead(status, { 'Content-Type': typed, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

function sendBody(response: ServerResponse, status: number, bytes: Buffer, type: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length });
  response.end(bytes);
}

type Refusing = (error: unknown, request: IncomingMessage, response: ServerResponse) => void;

/**
 * The problem document for whatever was thrown; a fault goes into the log. Once a reply has begun it can only be cut off, and
 * so can what fails even in its refusal, before it has a context for example. Throws nothing: nobody would catch it.
 */
export function createRefusing(parts: HttpParts): Refusing {
  const tell = createTelling(parts);
  return (error, request, response) => {
    try {
      tell(error, request, response);
    } catch (another) {
      request.socket.destroy();
      for (const fault of [error, another]) parts.log.error({ ...parts.faultFields(fault) }, 'fault');
    }
  };
}

function createTelling(parts: HttpParts): Refusing {
  return (error, request, response) => {
    const context = contextOf(response);
    // The router cannot decode the path: it is no path of ours.
    const refused = error instanceof URIError ? missing('The path is not well-formed.') : refusalOf(error);
    if (refused.code === 'internal_error') {
      parts.log.error(
        { request_id: context.requestId, route: context.route, ...parts.faultFields(error) },
        'fault',
      );
    }
    if (response.headersSent) {
      request.socket.destroy();
      return;
    }
    context.code = refused.code;
    const { status, headers, document } = problemOf(refused, context);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-store');
    if (leavesBodyUnread(request)) response.setHeader('Connection', 'close');
    sendText(response, status, JSON.stringify(document), PROBLEM_TYPE);
  };
}
