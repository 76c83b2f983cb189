import Image from 'next/image';

type ProductPictureProps = { name: string; alt: string; title: string; text: string };

/** A picture of the product, taken by its own browser tests, in the theme of the reader. */
export function ProductPicture({ name, alt, title, text }: ProductPictureProps) {
  const size = { width: 1200, height: 750, sizes: '(max-width: 64rem) 100vw, 36rem' };
  return (
    <figure className="flex flex-col gap-4">
      <div className="overflow-hidden rounded-xl border shadow-sm">
        <Image {...size} src={`/product/${name}-light.webp`} alt={alt} className="h-auto w-full dark:hidden" />
        <Image {...size} src={`/product/${name}-dark.webp`} alt={alt} className="hidden h-auto w-full dark:block" />
      </div>
      <figcaption>
        <h3 className="font-semibold">{title}</h3>
        <p className="mt-1 text-muted-foreground text-sm leading-relaxed">{text}</p>
      </figcaption>
    </figure>
  );
}
