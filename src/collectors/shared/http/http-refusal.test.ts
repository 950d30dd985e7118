import { expect, it } from 'vitest';
import { isOfGateway } from './http-refusal.js';

const page = (headers: Readonly<Record<string, string>>, body = 'Not Found') => ({
  status: 404,
  headers,
  body,
});

it.each([
  page({ server: 'istio-envoy' }),
  page({ 'x-cf-routererror': 'unknown_route' }),
  page({ 'x-railway-fallback': 'true' }, '{"status":"error","message":"Application not found"}'),
  page({ 'x-render-routing': 'no-server' }),
  page({ 'x-vercel-error': 'DEPLOYMENT_NOT_FOUND' }),
  page({ 'ngrok-error-code': 'ERR_NGROK_3200' }),
  page({ 'x-krakend-completed': 'false' }),
  page({ 'content-type': 'Text/HTML' }),
  page({}, "Requested route ('jobs.example.com') does not exist."),
])('a gateway says that it knows nobody: %j', (answer) => {
  expect(isOfGateway(answer)).toBe(true);
});

it.each([
  page({ server: 'istio-envoy', 'x-envoy-upstream-service-time': '3' }),
  page({ 'x-krakend-completed': 'true', 'x-railway-fallback': 'false' }),
  page({}, '{"error":"no such queue"}'),
])('the source itself says that it has nothing: %j', (answer) => {
  expect(isOfGateway(answer)).toBe(false);
});

it('looks at the beginning of a long answer alone', () => {
  expect(isOfGateway(page({}, 'Requested route ('.repeat(200_000)))).toBe(false);
});
