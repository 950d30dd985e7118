import { describe, expect, it } from 'vitest';
import { appTemplate, withPlaceholders } from './app-template.js';

describe('a text with $APP_NAME', () => {
  it.each([
    [`sum(x{app='$APP_NAME'})`, `sum(x{app='shop-1'})`],
    ['sum(x{app="${APP_NAME}"})', 'sum(x{app="shop-1"})'],
    ['x{app=~"$APP_NAME-.*"} / x{app="${APP_NAME}"}', 'x{app=~"shop-1-.*"} / x{app="shop-1"}'],
    ['$APP_NAME', 'shop-1'],
  ])('fills in the app in %s', (text, filled) => {
    expect(appTemplate(text).isPerApp).toBe(true);
    expect(appTemplate(text).fill('shop-1')).toBe(filled);
  });

  it.each([
    ['label_replace(x, "a", "$1", "b", "(.*)")'],
    ['$APP_NAMES ${APP_NAMES} $app_name $$'],
    ['${APP_NAME'],
    [''],
  ])('leaves %j alone', (text) => {
    expect(appTemplate(text).isPerApp).toBe(false);
    expect(appTemplate(text).fill('shop-1')).toBe(text);
  });

  it.each([
    [`x{a="$APP_NAME"}`, `x{a="q\\"'\`\\\\\\n"}`],
    [`x{a='$APP_NAME'}`, `x{a='q"\\'\`\\\\\\n'}`],
    ['x{a=`$APP_NAME`}', `x{a=\`q"'\\\n\`}`],
    [`x{a="it's \\" $APP_NAME"}`, `x{a="it's \\" q\\"'\`\\\\\\n"}`],
  ])('escapes the name for the string it stands in: %s', (text, filled) => {
    expect(appTemplate(text).fill('q"\'`\\\n')).toBe(filled);
  });

  it('keeps positions with placeholders', () => {
    const text = 'a{b="$APP_NAME"} + ${APP_NAME} + $1';
    expect(withPlaceholders(text)).toBe('a{b="_APP_NAME"} + __APP_NAME_ + $1');
    expect(withPlaceholders(text)).toHaveLength(text.length);
  });
});
