/** The API page as a browser shows it: whole, readable, and asking nobody for anything. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { ApiDocument } from '../../src/http/openapi/document.js';
import { type Listening, listen } from '../../src/http/server.js';
import { createLog } from '../../src/platform/log.js';
import { startTestService, type TestService } from '../http/service.js';
import { describeWithChromium } from './chromium.js';
import { contrastOf, ratioOf } from './contrast.js';

const ORDINARY_TEXT = 4.5;
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 780 };

describeWithChromium('the API page', (executablePath) => {
  let service: TestService;
  let listening: Listening;
  let browser: Browser;
  beforeAll(async () => {
    service = await startTestService();
    listening = await listen(service.app, {
      addresses: [{ host: '127.0.0.1', port: 0 }],
      tls: null,
      log: createLog({ write: () => {} }),
    });
    browser = await chromium.launch({ executablePath });
  });
  afterAll(async () => {
    await browser?.close();
    await listening?.close();
    await service?.close();
  });

  interface Opened {
    readonly page: Page;
    /** What the console said and what the Content-Security-Policy stopped. */
    readonly complaints: readonly string[];
    /** Addresses that were asked. */
    readonly requested: readonly string[];
  }

  async function open(
    path: string,
    viewport: { width: number; height: number },
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<Opened> {
    const page = await browser.newPage({ viewport, colorScheme });
    const complaints: string[] = [];
    const requested: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(`${listening.url}${path}`);
    return { page, complaints, requested };
  }

  test.each([
    ['/docs', DESKTOP, 'light'],
    ['/docs', PHONE, 'dark'],
    ['/simulated/docs', DESKTOP, 'dark'],
    ['/problems/not_found', PHONE, 'light'],
    ['/problems/not_found', DESKTOP, 'dark'],
  ] as const)('%s at %j, %s: styled, legible, no wider than the screen', async (path, viewport, scheme) => {
    const { page, complaints, requested } = await open(path, viewport, scheme);
    expect(complaints).toEqual([]);
    expect(requested).toEqual([`${listening.url}${path}`]);
    const [width, background] = (await page.evaluate(
      '[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]',
    )) as [number, string];
    expect(width).toBeLessThanOrEqual(viewport.width);
    // The style was let through, and knows what the reader prefers.
    expect(background).toBe(scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(23, 23, 23)');
    const { pairs, faint } = await contrastOf(page, ORDINARY_TEXT);
    expect(pairs).toBeGreaterThan(1);
    expect(faint).toEqual({});
    await page.close();
  });

  test('what a page must not do is stopped and said', async () => {
    const { page, complaints } = await open('/docs', DESKTOP);
    const said = page.waitForEvent('console');
    await page.evaluate(`document.body.append(Object.assign(new Image(), { src: '/livez' }))`);
    await said;
    expect(complaints.join(' ')).toMatch(/Content Security Policy/i);
    expect(ratioOf('rgb(0, 0, 0) on rgb(255, 255, 255)')).toBeCloseTo(21, 5);
    await page.close();
  });

  test('every operation has its heading and its place in the contents', async () => {
    const { page } = await open('/docs', DESKTOP);
    const document = (await (await fetch(`${listening.url}/openapi.json`)).json()) as ApiDocument;
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(operations.length).toBeGreaterThan(25);
    for (const { operationId } of operations) {
      expect(await page.locator(`article#${operationId} > h3`).isVisible()).toBe(true);
      expect(await page.locator(`nav a[href="#${operationId}"]`).count()).toBe(1);
    }
    const levels = (await page.evaluate(
      `[...document.querySelectorAll('h1,h2,h3,h4')].map((heading) => Number(heading.tagName[1]))`,
    )) as number[];
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
    await page.close();
  });

  test('links of the contents lead to their place, and the keyboard gets past them', async () => {
    const { page } = await open('/docs', DESKTOP);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toBe('#content');
    await page.locator('nav a[href="#getDecision"]').click();
    expect(new URL(page.url()).hash).toBe('#getDecision');
    const top = (await page.evaluate(
      'document.querySelector("#getDecision").getBoundingClientRect().top',
    )) as number;
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(DESKTOP.height / 2);
    await page.locator('article#getDecision a[href="#schema-Decision"]').click();
    await page.locator('article#schema-Decision a[href="#schema-RefusalCode"]').first().click();
    await page.locator('#codes a[href="problems/not_found"]').click();
    expect(new URL(page.url()).pathname).toBe('/problems/not_found');
    await page.close();
  });
});
