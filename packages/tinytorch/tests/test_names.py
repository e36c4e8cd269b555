"""Every name that PyTorch has and this framework promises is where PyTorch has it."""

import importlib

import pytest

NAMES = {
    "": """
        Tensor Generator Size device dtype manual_seed get_rng_state set_rng_state get_default_dtype set_default_dtype
        get_default_device set_default_device
        set_printoptions save load is_tensor is_floating_point is_complex numel promote_types result_type can_cast finfo iinfo
        float16 float32 float64 half float double int8 int16 int32 int64 uint8 short int long bool complex64 complex128
        pi e inf nan newaxis memory_format contiguous_format preserve_format

        tensor as_tensor asarray from_numpy from_dlpack zeros ones full empty zeros_like ones_like full_like empty_like arange
        range linspace logspace eye tril triu tril_indices triu_indices diag diag_embed meshgrid rand randn randint randperm
        rand_like randn_like randint_like bernoulli multinomial normal poisson scalar_tensor

        abs absolute neg negative sign sgn exp exp2 expm1 log log1p log2 log10 sqrt rsqrt square reciprocal sin cos tan asin acos
        atan arcsin arccos arctan sinh cosh tanh asinh acosh atanh sigmoid erf erfc erfinv floor ceil round trunc fix frac clamp
        clip add sub subtract mul multiply div divide true_divide floor_divide remainder fmod pow atan2 maximum minimum fmax fmin
        lerp addcmul addcdiv xlogy where isnan isinf isfinite nan_to_num logit hypot copysign
        eq ne lt le gt ge equal allclose isclose greater less greater_equal less_equal not_equal
        logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not

        sum mean prod var std var_mean std_mean max min amax amin aminmax argmax argmin all any logsumexp norm median nanmedian
        nanmean nansum quantile nanquantile count_nonzero cumsum cumprod cummax cummin diff mode histc
        histogram trapezoid trapz cumulative_trapezoid cov corrcoef block_diag cartesian_prod combinations broadcast_shapes

        reshape permute transpose t movedim moveaxis squeeze unsqueeze broadcast_to broadcast_tensors flatten unflatten ravel cat
        concat stack hstack vstack dstack split chunk tensor_split unbind flip fliplr flipud roll rot90 repeat_interleave tile
        narrow select diagonal swapaxes atleast_1d atleast_2d clone

        gather scatter scatter_add scatter_reduce index_select index_add index_put index_fill take take_along_dim masked_fill
        masked_select nonzero argwhere searchsorted bucketize unique unique_consecutive bincount sort argsort topk kthvalue isin

        matmul mm bmm mv dot outer addmm baddbmm einsum tensordot kron trace inner addmv addr

        no_grad enable_grad inference_mode set_grad_enabled is_grad_enabled
        relu softmax log_softmax selu celu prelu rrelu threshold dropout cdist pdist pairwise_distance cosine_similarity
        conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d max_pool1d max_pool2d max_pool3d avg_pool1d
        adaptive_avg_pool1d pixel_shuffle pixel_unshuffle channel_shuffle layer_norm group_norm rms_norm
        use_deterministic_algorithms are_deterministic_algorithms_enabled set_float32_matmul_precision
        get_float32_matmul_precision
    """,
    "autograd": "backward grad Function function no_grad enable_grad set_grad_enabled gradcheck gradgradcheck detect_anomaly "
    "set_detect_anomaly functional",
    "autograd.function": "Function FunctionCtx once_differentiable",
    "random": "manual_seed seed initial_seed get_rng_state set_rng_state fork_rng",
    "autograd.functional": "vjp jvp jacobian hessian",
    "accelerator": "is_available device_count current_accelerator",
    "linalg": "norm vector_norm matrix_norm inv solve lstsq det slogdet cholesky qr svd eigh eig pinv matrix_rank matrix_power",
    "special": """
        digamma psi erf erfc erfinv exp2 expit expm1 gammaln log1p log_softmax logit logsumexp polygamma round sinc softmax xlogy
    """,
    "nn": """
        Module Parameter Sequential ModuleList ModuleDict ParameterList ParameterDict Identity Flatten Unflatten Linear Bilinear
        MultiheadAttention Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer
        Embedding EmbeddingBag Dropout Dropout1d Dropout2d AlphaDropout BatchNorm1d LayerNorm GroupNorm InstanceNorm1d RMSNorm

        ELU Hardshrink Hardsigmoid Hardtanh Hardswish LeakyReLU LogSigmoid PReLU ReLU ReLU6 RReLU SELU CELU GELU Sigmoid SiLU Mish
        Softplus Softshrink Softsign Tanh Tanhshrink Threshold GLU Softmin Softmax LogSoftmax

        L1Loss MSELoss CrossEntropyLoss CTCLoss NLLLoss PoissonNLLLoss GaussianNLLLoss KLDivLoss BCELoss BCEWithLogitsLoss
        MarginRankingLoss HingeEmbeddingLoss MultiLabelMarginLoss HuberLoss SmoothL1Loss SoftMarginLoss MultiLabelSoftMarginLoss
        CosineEmbeddingLoss MultiMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss

        Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
        MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d AvgPool1d AvgPool2d AvgPool3d LPPool1d LPPool2d LPPool3d
        AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d
        BatchNorm2d BatchNorm3d InstanceNorm2d InstanceNorm3d Upsample UpsamplingNearest2d UpsamplingBilinear2d PixelShuffle
        PixelUnshuffle ChannelShuffle Unfold Fold ZeroPad1d ZeroPad2d ZeroPad3d ConstantPad1d ConstantPad2d ConstantPad3d
        ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d CircularPad1d
        CircularPad2d CircularPad3d
    """,
    "nn.functional": """
        conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
        linear bilinear embedding embedding_bag dropout dropout1d dropout2d alpha_dropout batch_norm layer_norm group_norm instance_norm rms_norm
        elu hardshrink hardsigmoid hardtanh hardswish leaky_relu logsigmoid prelu relu relu6 rrelu selu celu gelu sigmoid silu
        mish softplus softshrink softsign tanh tanhshrink threshold glu softmin softmax log_softmax one_hot normalize
        cosine_similarity pairwise_distance scaled_dot_product_attention multi_head_attention_forward
        l1_loss mse_loss cross_entropy ctc_loss nll_loss poisson_nll_loss gaussian_nll_loss kl_div binary_cross_entropy
        binary_cross_entropy_with_logits margin_ranking_loss hinge_embedding_loss multilabel_margin_loss huber_loss
        smooth_l1_loss soft_margin_loss multilabel_soft_margin_loss cosine_embedding_loss multi_margin_loss triplet_margin_loss
        triplet_margin_with_distance_loss
        max_pool1d max_pool2d max_pool3d max_unpool1d max_unpool2d max_unpool3d avg_pool1d avg_pool2d avg_pool3d lp_pool1d lp_pool2d
        lp_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
        adaptive_max_pool3d affine_grid grid_sample interpolate upsample pad fold unfold pixel_shuffle pixel_unshuffle channel_shuffle
    """,
    "nn.init": """
        uniform_ normal_ constant_ ones_ zeros_ eye_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ trunc_normal_
        orthogonal_ sparse_ dirac_ calculate_gain _calculate_fan_in_and_fan_out
    """,
    "nn.utils": """
        clip_grad_norm_ clip_grad_norm clip_grad_value_ clip_grads_with_norm_ get_total_norm parameters_to_vector vector_to_parameters
        weight_norm remove_weight_norm spectral_norm remove_spectral_norm skip_init
    """,
    "nn.parameter": "Parameter",
    "nn.utils.rnn": "pad_sequence unpad_sequence",
    "optim": "Optimizer SGD Adam AdamW Adamax NAdam RAdam RMSprop Adagrad Adadelta LBFGS lr_scheduler swa_utils",
    "optim.optimizer": "Optimizer required",
    "optim.lr_scheduler": """
        LRScheduler LambdaLR MultiplicativeLR StepLR MultiStepLR ConstantLR LinearLR ExponentialLR PolynomialLR CosineAnnealingLR
        ChainedScheduler SequentialLR ReduceLROnPlateau CyclicLR OneCycleLR CosineAnnealingWarmRestarts _LRScheduler
    """,
    "optim.swa_utils": "AveragedModel SWALR update_bn get_ema_multi_avg_fn get_swa_multi_avg_fn",
    "utils.data": """
        Dataset IterableDataset TensorDataset StackDataset ConcatDataset ChainDataset Subset random_split
        Sampler SequentialSampler RandomSampler SubsetRandomSampler WeightedRandomSampler BatchSampler DistributedSampler
        DataLoader default_collate default_convert get_worker_info
    """,
    "cuda": "is_available device_count manual_seed manual_seed_all empty_cache",
    "backends": "cuda cudnn mps",
    "backends.cudnn": "enabled benchmark deterministic allow_tf32 is_available version",
    "backends.mps": "is_available is_built",
    "backends.cuda": "matmul is_built",
    "utils.data.dataset": "Dataset IterableDataset TensorDataset ConcatDataset Subset random_split",
    "utils.data.sampler": "Sampler BatchSampler RandomSampler SequentialSampler SubsetRandomSampler WeightedRandomSampler",
    "utils.data.distributed": "DistributedSampler",
    "utils.data.dataloader": "DataLoader default_collate",
    "utils.checkpoint": "checkpoint checkpoint_sequential",
    "func": "functional_call",
}
OWN = {
    "data": "Dataset TensorDataset DataLoader Digits MNIST FashionMNIST CIFAR10 CIFAR100 ImageFolder CSVDataset Augmented",
    "data.transforms": """
        Compose Lambda ToTensor PILToTensor ConvertImageDtype Normalize Pad CenterCrop RandomCrop RandomHorizontalFlip
        RandomVerticalFlip Resize RandomResizedCrop RandomErasing ColorJitter Grayscale RandomApply RandomGrayscale RandomRotation RandomAffine MixUp CutMix
        InterpolationMode functional
    """,
    "optim": "Lion CosineScheduler EarlyStopping",
    "nn": "summary",
    "spatial": "LeNet5 AlexNet VGG vgg11 vgg13 vgg16 vgg19 ResNet resnet18 resnet34 resnet50 ResNet18 ResNet50 models",
    "text": "CharTokenizer BPETokenizer AddedToken Vocabulary TokenDataset TokenizerFileError learn_merges pad pack read_tokens "
    "write_tokens",
    "transformer": "GPT GPTConfig Llama LlamaConfig Decoder DecoderBlock DecoderConfig generate Generation LanguageModel Token "
    "Cache DynamicCache causal_leak ALiBi LearnedPositions RotaryEmbedding SinusoidalPositions "
    "MLP SelfAttention Sight MultiheadAttention Transformer TransformerEncoder scaled_dot_product_attention",
    "": "explain handling primitive __version__",
}
METHODS = """
    abs add all any argmax argmin argsort backward bool broadcast_to chunk clamp clone contiguous cos cumsum detach detach_ diagonal
    dim div double dtype element_size eq exp expand expand_as fill_ flatten flip float floor gather ge grad grad_fn gt half index_select
    int is_contiguous is_leaf isnan item kthvalue le log log_ logsumexp long lt masked_fill masked_fill_ masked_select matmul max
    mean median min mm mul mul_ mT narrow ndim ne neg new_ones new_tensor new_zeros nonzero norm numel numpy permute pow prod
    reciprocal register_hook remainder repeat requires_grad requires_grad_ reshape retain_grad roll round rsqrt scatter scatter_
    scatter_add select shape sigmoid sign sin size sort split sqrt square squeeze std stride sub sub_ sum T t tanh to
    tolist topk transpose tril triu type_as unbind unflatten unfold uniform_ normal_ zero_ add_ div_ copy_ unique unsqueeze var
    view view_as where
""".split()  # noqa: SIM905 (a table)


def walk(names):
    """Pairs of a module's path and a name in it."""
    return [(path, name) for path, text in names.items() for name in text.split()]


@pytest.mark.parametrize(("path", "name"), [*walk(NAMES), *walk(OWN)])
def test_name(path, name):
    module = importlib.import_module(f"tinytorch.{path}" if path else "tinytorch")
    assert hasattr(module, name), f"tinytorch.{path}.{name}" if path else f"tinytorch.{name}"


@pytest.mark.parametrize("name", METHODS)
def test_method(name):
    import tinytorch

    assert hasattr(tinytorch.Tensor, name), name
