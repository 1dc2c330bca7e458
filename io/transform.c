/* transform.c: transforms as plain values: each function copies its options into one. augment.c
 * checks them, when the samples are known. */
#include "io/data.h"

/* Options that were refused give a transform without a kind, which the loader reports as an
 * error. */
#define READ(args, given)                                                                          \
    do {                                                                                           \
        if (tg_options_read(&(args), given)) return (tg_transform){ .field = 0 };                  \
    } while (0)

tg_transform tg_image_scale_with(const tg_image_scale_args *given)
{
    tg_image_scale_args args = { TG_IMAGE_SCALE_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__SCALE, .field = args.field, .number = { args.divisor } };
}

tg_transform tg_image_normalize_with(const tg_image_normalize_args *given)
{
    tg_image_normalize_args args = { TG_IMAGE_NORMALIZE_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__NORMALIZE,
                           .field = args.field,
                           .channels_last = args.channels_last,
                           .number = { args.mean, args.deviation },
                           .array = { args.means, args.deviations } };
}

tg_transform tg_image_shift_with(const tg_image_shift_args *given)
{
    tg_image_shift_args args = { TG_IMAGE_SHIFT_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__SHIFT,
                           .field = args.field,
                           .channels_last = args.channels_last,
                           .size = { args.pixels },
                           .fill = args.fill };
}

tg_transform tg_image_flip_with(const tg_image_flip_args *given)
{
    tg_image_flip_args args = { TG_IMAGE_FLIP_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__FLIP,
                           .field = args.field,
                           .channels_last = args.channels_last,
                           .vertical = args.vertical,
                           .probability = args.probability };
}

tg_transform tg_image_crop_with(const tg_image_crop_args *given)
{
    tg_image_crop_args args = { TG_IMAGE_CROP_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__CROP,
                           .field = args.field,
                           .channels_last = args.channels_last,
                           .size = { args.height, args.width, args.padding },
                           .fill = args.fill };
}

tg_transform tg_image_cutout_with(const tg_image_cutout_args *given)
{
    tg_image_cutout_args args = { TG_IMAGE_CUTOUT_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__CUTOUT,
                           .field = args.field,
                           .channels_last = args.channels_last,
                           .size = { args.size },
                           .probability = args.probability,
                           .fill = args.fill };
}

tg_transform tg_image_noise_with(const tg_image_noise_args *given)
{
    tg_image_noise_args args = { TG_IMAGE_NOISE_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__NOISE, .field = args.field, .number = { args.deviation } };
}

tg_transform tg_label_one_hot_with(const tg_label_one_hot_args *given)
{
    tg_label_one_hot_args args = { TG_LABEL_ONE_HOT_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__ONE_HOT,
                           .field = args.field,
                           .size = { args.classes },
                           .number = { args.smooth } };
}

tg_transform tg_sample_map_with(const tg_sample_map_args *given)
{
    tg_sample_map_args args = { TG_SAMPLE_MAP_DEFAULTS };
    READ(args, given);
    return (tg_transform){
        .kind = TG__MAP, .map = args.map, .context = args.context, .fields = args.fields
    };
}

tg_transform tg_mixup_with(const tg_mixup_args *given)
{
    tg_mixup_args args = { TG_MIXUP_DEFAULTS };
    READ(args, given);
    return (tg_transform){ .kind = TG__MIXUP,
                           .field = args.field,
                           .label_field = args.label_field,
                           .probability = args.probability,
                           .number = { args.alpha } };
}
